"""What a PartiQL statement touches: its verb, its table and its index, read token by token.

Key words are never searched for: they may stand in a literal, a quoted name or a comment.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

    from . import Touch

# A statement holds literals, so its text is nothing to keep: the key is its hash, 64 bits that cannot be read
# back. That a new statement has the hash of one of 512 others is a matter of 1 in 10^16, and costs a wrong line.
_CACHE_SIZE = 512
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
_MOST = 8192  # characters; DynamoDB refuses longer statements
_cache: dict[int, Touch] = {}

_NAMELESS: dict[str, Touch] = {
    verb: (verb, "unresolved", None, None, None) for verb in ("Select", "Insert", "Update", "Delete")
}
_NOTHING: Touch = (None, "unresolved", None, None, None)

# Possessive throughout, so that no input makes it slow. A group per kind of token; what has no group has no
# meaning here (space, comments, numbers and other signs).
_TOKEN = r"""
  \s++ | --[^\n]*+ | /\*(?:[^*]|\*(?!/))*+\*/          # space, comments
| (?P<literal>'(?:[^']|'')*+'                          # text; a quote in it is doubled
  | `(?:"(?:\\.|[^"\\])*+"|'(?:\\.|[^'\\])*+'|[^`"'])*+` | `[^`]*+`)        # an Ion value
| "(?P<quoted>(?:[^"]|"")*+)"                          # a name; a quote in it is doubled
| (?P<word>[^\W\d][\w$]*+(?:-(?!-)[\w$]++)*+)          # a key word or a name
| (?P<number>[\d][\w.]*+)
| (?P<broken>['"`]|/\*)                                # what is opened here never ends
| (?P<sign>.)
"""
_tokens: Callable[[str], Iterator[re.Match[str]]] | None = None


def target(statement: object) -> Touch:
    """Return the touch of one statement: part `Select`, `Insert`, `Update` or `Delete`, table and index.

    EXISTS(SELECT ...) of a transaction is a `Select`. What is no such statement is `unresolved`.
    """
    if not isinstance(statement, str) or len(statement) > _MOST:
        return _NOTHING
    key = str.__hash__(statement)
    found = _cache.get(key)
    if found is None:
        found = _read(statement)
        if len(_cache) >= _CACHE_SIZE:
            # Statements with literals in them come once each: start over rather than keep account of use.
            _cache.clear()
        _cache[key] = found
    return found


def _read(statement: str) -> Touch:
    tokens = _tokenise(statement)
    verb = _word(next(tokens, None))
    if verb == "EXISTS" and next(tokens, None) == ("sign", "("):
        verb = _word(next(tokens, None))
    if verb == "SELECT":
        if _skip_projection(tokens):
            return _name("Select", tokens)
    elif verb == "UPDATE":
        return _name("Update", tokens)
    elif verb == "INSERT":
        if _word(next(tokens, None)) == "INTO":
            return _name("Insert", tokens)
    elif verb == "DELETE" and _word(next(tokens, None)) == "FROM":
        return _name("Delete", tokens)
    return _NAMELESS.get((verb or "").capitalize(), _NOTHING)


def _tokenise(statement: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) of what has a meaning here; a literal's text stays behind."""
    global _tokens
    if _tokens is None:
        import re

        _tokens = re.compile(_TOKEN, re.VERBOSE | re.DOTALL).finditer
    for match in _tokens(statement):
        kind = match.lastgroup
        if kind == "literal":
            yield kind, ""
        elif kind == "broken":
            return
        elif kind is not None:
            yield kind, match[kind]


def _word(token: tuple[str, str] | None) -> str | None:
    return token[1].upper() if token is not None and token[0] == "word" else None


def _skip_projection(tokens: Iterator[tuple[str, str]]) -> bool:
    """Go behind the FROM that belongs to this SELECT; a FROM in brackets belongs to something else."""
    depth = 0
    for kind, text in tokens:
        if kind == "sign":
            depth += (text in "([{") - (text in ")]}")
        elif kind == "word" and depth == 0 and text.upper() == "FROM":
            return True
    return False


def _name(verb: str, tokens: Iterator[tuple[str, str]]) -> Touch:
    """Read `table`, `"table"` or `"table"."index"`; dots within quotes belong to the name."""
    names: list[str] = []
    following: tuple[str, str] | None = ("sign", ".")
    while following == ("sign", "."):
        kind, text = next(tokens, ("", ""))
        if kind not in ("quoted", "word") or len(names) == 2:
            return _NAMELESS[verb]
        names.append(text.replace('""', '"') if kind == "quoted" else text)
        following = next(tokens, None)
    if following == ("sign", ","):  # DynamoDB joins no tables, so this is not understood here either
        return _NAMELESS[verb]
    return (verb, "table", names[0], names[1] if len(names) == 2 else None, None)
