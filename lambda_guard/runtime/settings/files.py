"""What `lambda_guard.toml` files hold: settings, exemptions and, in the organisation's, a floor.

Nothing below the `[floor]` weakens a rule. Loaded where there is such a file.
"""

from __future__ import annotations

import tomllib
from time import time

from ..types import Exemption, Mode
from .reader import unknown
from .table import MODES, PREFIX, RULES, SETTINGS, rule_mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

    from .reader import Reader
    from .table import Values

_MOST_DOTS = 40
_PART = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
# Read before any file is, by the runtime or by the exec wrapper.
_ENVIRONMENT_ONLY = ("handler", "next_wrapper")
# Values in rising strictness, for the floor.
_STRICTNESS: Mapping[str, tuple[object, ...]] = {
    **dict.fromkeys(("mode", *RULES), MODES),
    "usage": ("off", "on"),
    "cors_preflight": ("allow", "check"),
    "on_error": ("open", "closed"),
    "strict": (False, True),
    "attach": ("manual", "auto"),
}
# A list that loosens a rule: where the rule has a floor, only the organisation's own entries count.
_LOOSENS: Mapping[str, str] = {
    "allow_invoke": "direct_invoke",
    "public_routes": "authorizer",
    "authorizers": "authorizer",
    "api_ids": "authorizer",
    "event_sources": "event_source",
}


def combine(
    reader: Reader, organisation: tuple[str, bytes], function: tuple[str, bytes], environment: Values
) -> tuple[Values, list[Exemption]]:
    """Lay the environment over the function's file over the organisation's, and hold all to its floor.

    organisation, function: path and content of the files; what is wrong with them goes to `reader`.
    """
    of_organisation, of_function = _parsed(reader, *organisation), _parsed(reader, *function)
    floor = of_organisation.pop("floor", {})
    for table in (of_organisation, of_function):
        table.pop("lint", None)  # of the command line, which reads the same file
    if "floor" in of_function:
        del of_function["floor"]
        reader.problem(f"{function[0]}: [floor] belongs in the organisation's file")
    exemptions = _exemptions(reader, of_organisation, organisation[0])
    function_exemptions = _exemptions(reader, of_function, function[0])
    defaults = _table(reader, of_organisation, organisation[0])
    values = {**defaults, **_table(reader, of_function, function[0]), **environment}
    if isinstance(floor, dict):
        _apply_floor(reader, _table(reader, floor, f"{organisation[0]} [floor]"), defaults, values)
        for exemption in function_exemptions:
            if exemption.rule in floor:
                reader.weakened.append(f"exemption of {exemption.target!r} from {exemption.rule}")
            else:
                exemptions.append(exemption)
    elif floor:
        reader.problem(f"{organisation[0]}: floor must be a table")
    return values, exemptions


def _parsed(reader: Reader, path: str, content: bytes) -> dict[str, Any]:
    try:
        text = content.decode()
        if (line := _endless_key(text)) is not None:
            raise ValueError(f"the key in line {line} has more than {_MOST_DOTS} parts")
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of TOML, or of UTF-8; brackets in brackets
        last = content.count(b"\n") + 1
        end = "" if "line" in str(error) else f", which is line {last}"
        reader.unread(f"{path} is not valid TOML: {error}{end}")
        return {}


def _endless_key(text: str) -> int | None:
    """Return the number of a line with a key of very many parts: tomllib's memory grows by their square."""
    for number, line in enumerate(text.split("\n"), 1):
        parts = 0
        for piece in line.split("."):
            parts = parts + 1 if _PART.issuperset(piece.strip().strip("\"'")) else 0
            if parts > _MOST_DOTS:
                return number
    return None


def _table(reader: Reader, table: Mapping[str, object], path: str) -> Values:
    found: Values = {}
    for name, value in table.items():
        if name not in SETTINGS:
            reader.problems.append(f"{path}: {unknown(name)}")
        elif name in _ENVIRONMENT_ONLY:
            reader.problems.append(f"{path}: {name} has no effect in a file; set {PREFIX}{name.upper()}")
        elif (parsed := reader.parse(name, value, f"{name} in {path}")) is not None:
            found[name] = (parsed, path)
    return found


def _apply_floor(reader: Reader, floor: Values, defaults: Values, values: Values) -> None:
    for name, (least, place) in floor.items():
        if name not in _STRICTNESS:
            continue
        order = _STRICTNESS[name]
        value, origin = values.get(name, (SETTINGS[name][1], "default"))
        if value is None:  # a rule that follows the mode
            value = rule_mode(name, None, Mode(values.get("mode", ("observe", ""))[0])).value
        if order.index(value) < order.index(least):
            if origin != "default":
                reader.weakened.append(f"{name} = {value} from {origin}, below the floor {least}")
            values[name] = (least, place)
    for name, rule in _LOOSENS.items():
        if rule in floor and name in values:
            _bound(reader, name, floor.get(name, defaults.get(name)), values)


def _bound(reader: Reader, name: str, bound: tuple[Any, str] | None, values: Values) -> None:
    """Keep only the entries that the organisation names, where it names any or the list opens a rule."""
    entries, origin = values[name]
    allowed = SETTINGS[name][1] if bound is None else bound[0]
    if allowed is None or origin == (bound and bound[1]):
        return
    kept = tuple(entry for entry in entries if entry in allowed)
    reader.weakened.extend(
        f"{name} entry {entry!r} from {origin}, not in the organisation's list"
        for entry in entries
        if entry not in allowed
    )
    values[name] = (kept, origin)


def _exemptions(reader: Reader, table: dict[str, Any], path: str) -> list[Exemption]:
    rows = table.pop("exemption", ())
    if not isinstance(rows, (list, tuple)):
        rows = (rows,)
    return [exemption for row in rows if (exemption := _exemption(reader, row, path)) is not None]


def _exemption(reader: Reader, row: object, path: str) -> Exemption | None:
    if not isinstance(row, dict):
        reader.problem(f"{path}: write exemptions as [[exemption]] tables")
        return None
    rule, target, reason, until = (row.get(key) for key in ("rule", "target", "reason", "until"))
    if rule not in RULES:
        reader.problem(f"{path}: an exemption's rule must be one of: {', '.join(RULES)}")
    elif not (isinstance(target, str) and target and isinstance(reason, str) and reason.strip()):
        reader.problem(f"{path}: an exemption from {rule} needs a target and a reason")
    elif until is None or not hasattr(until, "toordinal"):
        reader.problem(f"{path}: the exemption of {target!r} needs an end date, such as until = 2027-01-31")
    else:
        return Exemption(rule, target, reason, until)
    return None


def holds(exemption: Exemption) -> bool:
    """Tell whether an exemption's last day, in UTC, is not over yet."""
    return time() < (_days(exemption.until) + 1) * 86400


def _days(day: date) -> int:
    return day.toordinal() - 719163  # 1970-01-01
