"""How each function stands: what its configuration says, and whether its own records say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lambda_guard.analysis.evidence import Attached
from lambda_guard.analysis.fleet import record
from lambda_guard.analysis.fleet.plan import PUBLIC_HANDLER
from lambda_guard.analysis.fleet.state import OUR_WRAPPER, WRAPPER, State, layer_name, layer_version

# verdict -> what it means; the order is that of what to look at first.
VERDICTS = {
    "drifted": "it was attached, and something has taken the layer off or changed the mode since: deploy it with the "
    "layer, or attach again",
    "silent": "it has the layer, and no record of it is in the evidence: is it invoked, and is its log read?",
    "outdated": "it has an older version of the layer than the newest: attach again",
    "off": "it has the layer, and its mode is off",
    "guarded": "it has the layer",
    "unattached": "it does not have the layer",
    "not python": "nothing to guard",
}


@dataclass(frozen=True)
class Seen:
    """What a function's records say: the mode, version and way in of its latest `attached` record."""

    mode: str
    version: str
    way: str


@dataclass(frozen=True)
class Standing:
    """How one function stands; the fields of a row of `status`."""

    function: str
    region: str
    verdict: str
    layer: int | None
    way: str
    mode: str
    seen_mode: str
    seen_version: str
    note: str


def standing(
    state: State, newest_of: Callable[[str], int | None], seen: Mapping[tuple[str, str], Seen] | None
) -> Standing:
    """Judge one function.

    newest_of: tells the number of a layer's newest version, where that is known, by name, or ARN in another account.
    seen:   what records say, by function and region; None where no evidence was given.
    """
    layer = state.guard_layer
    number = layer_version(layer) if layer else None
    mode = state.variables.get("LAMBDA_GUARD_MODE", "observe" if layer else "")
    told = seen.get((state.name, state.region)) if seen is not None else None
    newest = newest_of(_layer(state, layer)) if layer else None
    verdict, note = _verdict(state, number, newest, mode, told, seen is not None)
    way = told.way if told else _way(state) if layer else ""
    return Standing(
        state.name, state.region, verdict, number, way, mode,
        told.mode if told else "", told.version if told else "", note or VERDICTS[verdict],
    )  # fmt: skip


def _layer(state: State, arn: str) -> str:
    """Return how a layer is asked for: by its name in the function's own account, by its ARN in another."""
    return layer_name(arn) if arn.split(":")[4] == state.arn.split(":")[4] else arn.rpartition(":")[0]


def _verdict(
    state: State, number: int | None, newest: int | None, mode: str, told: Seen | None, asked: bool
) -> tuple[str, str]:
    if state.guard_layer is None:
        if record.TAG in state.tags:
            return "drifted", "it was attached, and the layer is gone: put it into the template that deploys it"
        if not state.is_python:
            return "not python", ""
        return ("guarded", "by the package in its code, as its records say") if told else ("unattached", "")
    if told and told.mode != mode:
        return "drifted", f"configured {mode}, its latest record says {told.mode}: a file sets it, or it changed since"
    if asked and told is None and mode != "off":
        return "silent", ""
    if mode == "off":
        return "off", ""
    if newest is not None and number is not None and number < newest:
        return "outdated", f"version {number} of {newest}: attach again"
    return "guarded", ""


def _way(state: State) -> str:
    if state.handler == PUBLIC_HANDLER:
        return "handler"
    return "exec wrapper" if state.variables.get(WRAPPER) == OUR_WRAPPER else ".pth"


def seen(attached: Iterable[Attached]) -> dict[tuple[str, str], Seen]:
    """Return what functions' latest announcements say, by name and region."""
    return {(one.function, one.region): Seen(one.mode, one.layer, one.way) for one in attached}
