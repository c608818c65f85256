"""A shell's line is read as a shell reads it, as far as what it starts is concerned, and never for long."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_guard.runtime.patches.programs import shell

GIVEN = {"HOST": "example.com", "TWO": "a b", "EMPTY": ""}


def read(line: str) -> list[list[str]]:
    commands: list[list[str]] = []
    shell.read(line, shell.Variables(GIVEN.get), lambda words, _: commands.append(words))
    return commands


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("", []),
        ("a 'b  c' \"d e\" f\\ g ''", [["a", "b  c", "d e", "f g", ""]]),
        ("a'b'\"c\"", [["abc"]]),
        (r'''a "\"\$\x" \'b\"''', [["a", r'"$\x', "'b\""]]),
        ("a 'b\"c' \"d'e\"", [["a", 'b"c', "d'e"]]),
        ("timeout 5 \\\n a", [["timeout", "5", "a"]]),
        ("a;b&&c||d|e&f\ng |& h", [[each] for each in "abcdefgh"]),
        ("(a; b) && { c; }", [["a"], ["b"], ["c"]]),
        ("a # b; c\nd#e #", [["a"], ["d#e"]]),
        ("if a; then b; elif ! c; then d; else e; fi", [[each] for each in "abcde"]),
        ("while a; do b; done; until c; do d; done", [[each] for each in "abcd"]),
        ("case a in b) c;; esac", [["case", "a", "in", "b"], ["c"]]),
        ("f() { a; }; f", [["f"], ["a"], ["f"]]),
        ("a >b 2>&1 c <d &>e", [["a", "c"]]),
        ("2>a b >| c <<< 'd e' f <>g", [["b", "f"]]),
        ("cat <<X; b\na\nX\nc", [["cat"], ["b"], ["c"]]),
        ("cat <<'X' <<Y\n$(a)\nX\n$(b)\nY\nc", [["cat"], ["b"], ["c"]]),
        ("cat <<-\"X\"\n\ta\n\tX\nc", [["cat"], ["c"]]),
        ("cat <<X\na", [["cat"]]),
        ("X=$((1<<2))\na", [["a"]]),
        ("a $(b c) `d`", [["b", "c"], ["d"], ["a", "$()", "$()"]]),
        ('a "$(b "$(c)")" "`d`"', [["c"], ["b", "$()"], ["d"], ["a", "$()", "$()"]]),
        ("a `b \\`c\\``", [["c"], ["b", "$()"], ["a", "$()"]]),
        ("a '$(b) `c` $HOST'", [["a", "$(b) `c` $HOST"]]),
        ("a <(b) >(c (d))", [["b"], ["c"], ["d"], ["a", "$()", "$()"]]),
        ("a $HOST \"${HOST}/x\" $NONE ${NONE}", [["a", "example.com", "example.com/x", "$NONE", "${NONE}"]]),
        ("a $TWO \"$TWO\" x$TWO", [["a", "a", "b", "a b", "xa", "b"]]),
        ("a ${NONE:-b} ${HOST:-$(c)} ${NONE-'d'} ${NONE:=\"e\"}", [["c"], ["a", "b", "example.com", "d", "e"]]),
        ("a ${HOST%.com} ${#HOST} $", [["a", "${HOST%.com}", "${#HOST}", "$"]]),
        ("U=$HOST/x V='c d'; a $U $V", [["a", "example.com/x", "c", "d"]]),
        ("export U=b; a $U", [["a", "b"]]),
        ("U=$TWO; a $U", [["a", "a", "b"]]),
        ("U=b a $U", [["U=b", "a", "$U"]]),
        ("for u in a b; do c $u; done", [["c", "a", "b"]]),
        ("a $'b' $\"c\"", [["a", "b", "c"]]),
        ("a 'b", [["a", "b"]]),
        ('a "b $(c', [["c"], ["a", "b $()"]]),
    ],
)  # fmt: skip
def test_it_is_read_as_a_shell_does(line: str, commands: list[list[str]]) -> None:
    """Quotes, separators, comments, redirections, here-documents, substitutions, variables."""
    assert read(line) == commands


_WORDS = st.text("ab \\'\"$#;*~!\n\t(){}<>|&=é", max_size=20)


@given(st.lists(_WORDS, min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_what_shlex_quotes_comes_back(words: list[str]) -> None:
    """However a word is quoted."""
    import shlex

    assert read("x " + shlex.join(words)) == [["x", *words]]
    doubled = ['"' + "".join("\\" + each if each in '"$\\`' else each for each in word) + '"' for word in words]
    assert read("x " + " ".join(doubled)) == [["x", *words]]


@given(st.text("ab1 'x\\\t;#=\"", max_size=25))
@settings(max_examples=80, deadline=None)
def test_a_real_shell_reads_the_same(text: str) -> None:
    """What `sh` gives to a program is what is read, for any line that it takes."""
    line = f"printf '%s\\0' {text}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30, check=False)
    if done.returncode or done.stderr or not done.stdout:
        return
    printed = [words[2:] for words in read(line) if words[:1] == ["printf"]]

    assert done.stdout.split("\0")[:-1] == (printed[0] or [""])


@given(st.text(max_size=200) | st.text("'\"`\\$(){}<>|&;#\n Aa=1:-@!", max_size=200))
@settings(max_examples=1000, deadline=None)
def test_it_never_raises(line: str) -> None:
    """Whatever a line holds; what is found are words."""
    assert all(words and all(isinstance(word, str) for word in words) for words in read(line))


@pytest.mark.parametrize(
    "piece",
    [
        "a;", "$(", '"$(', "`", "\\`", "${a:-", "a=$a$a;", "<<a\n", "<<'", "'\"", "$a", "x", " ", "a=b ", "(", "{ ",
        "for a in b;", "$(cat <<X\n", '"${a:-', "\\", "a=xxxxxxxxxxxxxxxx$a;", "<(", "$((", "#", "\n",
    ],
)  # fmt: skip
def test_a_long_line_takes_no_long_time(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100 KB: the work grows with the length, not with its square, and so does what is kept of it.

    Counted in steps of the readers, not in seconds.
    """
    steps = 0

    def counting(method: Any) -> Any:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal steps
            steps += 1
            return method(*args, **kwargs)

        return step

    for owner, name in [
        (shell._Command, "add"), (shell._Command, "add_split"), (shell._Reader, "_special"), (shell._Reader, "_quoted"),
        (shell._Reader, "commands"), (shell._Reader, "_end"), (shell._Reader, "_redirect"),
    ]:  # fmt: skip
        monkeypatch.setattr(owner, name, counting(getattr(owner, name)))
    line = piece * (100_000 // len(piece))
    kept = sum(len(word) for words in read(line) for word in words)

    assert steps <= 2 * len(line) * shell.DEEPEST
    assert kept <= 2 * len(line) + shell._MOST


@pytest.mark.parametrize("value", ["$X", "$(echo $X; echo $X)", 'eval "$X;$X;$X"', "eval '$X'"])
def test_lines_that_hold_themselves_end(value: str) -> None:
    """A variable may hold a line that reads it again, many times over: what it may add in all is bounded."""
    read_lines = 0

    def found(words: list[str], variables: shell.Variables) -> None:
        nonlocal read_lines
        read_lines += 1
        if words[0] == "eval":
            shell.read(" ".join(words[1:]), variables.inner(), found)

    shell.read("eval $X", shell.Variables({"X": value}.get), found)

    assert 0 < read_lines < shell._MOST


def test_an_inner_shell_leaves_the_outer_one_alone() -> None:
    """What it assigns is its own; what was assigned before, it knows."""
    outer = shell.Variables(GIVEN.get)
    outer.assigned["A"] = "1"
    inner = outer.inner()
    inner.assigned["B"] = "2"

    assert (inner.get("A"), inner.get("B"), inner.get("HOST")) == ("1", "2", "example.com")
    assert outer.get("B") is None
