"""What is to change on one function, or what stands in the way. Pure: states in, plans out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lambda_guard.analysis.fleet import record, stacks
from lambda_guard.analysis.fleet.record import Before
from lambda_guard.analysis.fleet.state import (
    LAYER_NAME,
    NEXT_WRAPPER,
    OUR_WRAPPER,
    PREFIX,
    WRAPPER,
    State,
    layer_name,
    layer_version,
)

RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
ARCHITECTURES = ("x86_64", "arm64")
PUBLIC_HANDLER = "lambda_guard.handler"
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_LAYERS = 5
MOST_BYTES = 262144000
MOST_ENVIRONMENT = 4096
# What the runtime takes for a Python handler: a module, which may be in folders, and a function.
_HANDLER = re.compile(r"[^\s./]+([./][^\s./]+)*\.[A-Za-z_]\w*")
_NO_HANDLERS = (".sh", ".js", ".mjs", ".py")


@dataclass(frozen=True)
class Plan:
    """What is to be done with one function.

    outcome: change, unchanged, skipped (nothing that could be guarded) or refused.
    reason:  why it is skipped or refused, and what to do.
    changes: a line each for the reader. notes: what the reader should know beside it.
    update:  what goes into UpdateFunctionConfiguration; empty where nothing changes.
    tag:     the tag to set; None leaves it, empty takes it off.
    """

    state: State
    outcome: str
    reason: str = ""
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    update: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tag: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Wanted:
    """What functions are to have: the ARN of a layer's version, and settings by variable."""

    layer: str
    size: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)
    signed: bool = False


def attach(state: State, wanted: Wanted) -> Plan:
    """Plan to put the layer and its settings on a function, keeping everything else as it is."""
    refusal = _cannot(state, wanted)
    if refusal is not None:
        return refusal
    layers = _with_layer(state, wanted.layer)
    variables = {**state.variables, **wanted.settings, **_way(state)}
    before = _before(state, variables, wanted.layer)
    return _changed(state, layers, variables, before, _notes(state, wanted))


def detach(state: State) -> Plan:
    """Plan to restore what was there before the layer was put on a function, and leave what others changed since."""
    before = record.parse(state.tags.get(record.TAG))
    layers = tuple(layer for layer in state.layers if not state.is_guard(layer))
    attached = layers != state.layers
    if not attached and record.TAG not in state.tags:
        return Plan(state, "unchanged", "not attached")
    if state.locked:
        return _locked(state)
    if state.update == "InProgress":
        return _pending(state)
    added = before.added if before is not None else frozenset(name for name in state.variables if _is_ours(name))
    variables = {name: value for name, value in state.variables.items() if name not in added}
    if before is not None:
        variables |= {name: value for name, value in before.replaced.items() if name in state.variables}
    if state.variables.get(WRAPPER) == OUR_WRAPPER:
        _unchain(state, variables)
    plan = _changed(state, layers, variables, None, _of_stack(state, "take it out there as well, or it comes back"))
    tag = "" if record.TAG in state.tags else None
    return Plan(state, "change", "", plan.changes or ("tag lambda-guard off",), plan.notes, plan.update, tag)


def settings(state: State, wanted: Mapping[str, str]) -> Plan:
    """Plan to change settings of a function that has the layer."""
    if state.guard_layer is None:
        return Plan(state, "skipped", "not attached: attach comes first")
    if state.locked:
        return _locked(state)
    if state.update == "InProgress":
        return _pending(state)
    variables = {**state.variables, **wanted}
    plan = _size(state, variables)
    if plan is not None:
        return plan
    return _changed(state, state.layers, variables, _before(state, variables), _of_stack(state, "set them there too"))


def _cannot(state: State, wanted: Wanted) -> Plan | None:
    def refused(reason: str) -> Plan:
        return Plan(state, "refused", reason)

    if state.package == "Image":
        return refused("container image: it has no layers; install the package in the image and set the handler to "
                       f"{PUBLIC_HANDLER} and LAMBDA_GUARD_HANDLER to its own, or use @lambda_guard.guard")  # fmt: skip
    if not state.is_python:
        return Plan(state, "skipped", f"{state.runtime or 'no runtime'}: no Python function")
    if state.runtime not in RUNTIMES:
        return refused(f"{state.runtime} is not supported ({RUNTIMES[0]} to {RUNTIMES[-1]}): move to a newer runtime")
    if not set(state.architectures) <= set(ARCHITECTURES):
        return refused(f"architecture {', '.join(state.architectures)} is not supported")
    if not _HANDLER.fullmatch(state.handler) or state.handler.endswith(_NO_HANDLERS):
        return refused(f"handler {state.handler} names no Python function, as with the Lambda Web Adapter: "
                       "call lambda_guard.install() in the program, with the package among its own")  # fmt: skip
    if state.signing and not wanted.signed:
        return refused("code signing is enforced: sign the layer with AWS Signer and give its version by --layer")
    others = [layer for layer in state.layers if not state.is_guard(layer) and layer != wanted.layer]
    if len(others) >= MOST_LAYERS:
        return refused(f"it has {MOST_LAYERS} layers, which is the most: merge two of them, or use the package")
    if state.guard_layer is None and state.sizes + wanted.size > MOST_BYTES:
        return refused("with this layer, code and layers would have more than the 250 MB that Lambda takes")
    if state.locked:
        return _locked(state)
    if state.update == "InProgress":
        return _pending(state)
    return _size(state, {**state.variables, **wanted.settings, **_way(state)})


def _size(state: State, variables: Mapping[str, str]) -> Plan | None:
    measured = len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode())
    if measured <= MOST_ENVIRONMENT:
        return None
    reason = f"the environment would have {measured:,} of the {MOST_ENVIRONMENT:,} bytes that Lambda takes"
    return Plan(state, "refused", f"{reason}: put settings into lambda_guard.toml instead")


def _pending(state: State) -> Plan:
    return Plan(state, "refused", "another update is in progress: run this again once it has ended")


def _locked(state: State) -> Plan:
    return Plan(state, "refused", "Lambda could not decrypt its variables for you, and would lose them: you need "
                "kms:Decrypt and kms:Encrypt on the function's key")  # fmt: skip


def _with_layer(state: State, wanted: str) -> tuple[str, ...]:
    """Return the layers with the guard's: once, in the place of its other version, or last."""
    same = record.layer_id(wanted)
    layers = dict.fromkeys(
        wanted if state.is_guard(layer) or record.layer_id(layer) == same else layer for layer in state.layers
    )
    return tuple(layers | {wanted: None})


def _way(state: State) -> dict[str, str]:
    """Return the variables of the way in: none for the .pth file; the wrapper where PYTHONPATH keeps that from running.

    Other layers' wrappers may set PYTHONPATH as well, so any of them is followed by way of ours.
    """
    wrapper = state.variables.get(WRAPPER)
    if wrapper == OUR_WRAPPER or state.handler == PUBLIC_HANDLER:
        return {}
    if wrapper:
        return {WRAPPER: OUR_WRAPPER, NEXT_WRAPPER: wrapper}
    return {WRAPPER: OUR_WRAPPER} if state.variables.get("PYTHONPATH") else {}


def _unchain(state: State, variables: dict[str, str]) -> None:
    """Put the wrapper back that ours runs now, which somebody may have changed since."""
    following = state.variables.get(NEXT_WRAPPER)
    variables.pop(NEXT_WRAPPER, None)
    if following:
        variables[WRAPPER] = following
    else:
        variables.pop(WRAPPER, None)


def _before(state: State, variables: Mapping[str, str], layer: str | None = None) -> Before:
    """Return what detach will have to undo: what earlier changes noted, and what this one changes."""
    known = record.parse(state.tags.get(record.TAG)) if state.guard_layer is not None else None
    added = set(known.added) if known is not None else set()
    replaced = dict(known.replaced) if known is not None else {}
    renamed = set(known.layers) if known is not None else set()
    if layer is not None and layer_name(layer) != LAYER_NAME:
        renamed.add(record.layer_id(layer))
    if known is None and state.guard_layer is not None:  # attached in another way: all of our names are ours
        added |= {name for name in state.variables if _is_ours(name)}
    for name, value in variables.items():
        if name in (WRAPPER, NEXT_WRAPPER) or state.variables.get(name) == value:
            continue
        if name not in state.variables:
            added.add(name)
        elif name not in added:
            replaced.setdefault(name, state.variables[name])
    return Before(frozenset(added), replaced, frozenset(renamed))


def _is_ours(name: str) -> bool:
    return name.startswith(PREFIX)


def _changed(
    state: State,
    layers: tuple[str, ...],
    variables: Mapping[str, str],
    before: Before | None,
    notes: tuple[str, ...],
) -> Plan:
    changes = tuple(_lines(state, layers, variables))
    update: dict[str, Any] = {}
    if layers != state.layers:
        update["Layers"] = list(layers)
    if variables != state.variables:
        update["Environment"] = {"Variables": dict(variables)}
    tag = None
    if before is not None:
        try:
            text = before.text()
        except record.TooLong as error:
            return Plan(state, "refused", f"{error}: unset the LAMBDA_GUARD_ variables that it has, then attach")
        tag = text if text != state.tags.get(record.TAG) else None
    if not update and tag is None:
        return Plan(state, "unchanged", "as wanted", notes=notes)
    return Plan(state, "change", "", changes or ("tag lambda-guard",), notes, update, tag)


def _lines(state: State, layers: tuple[str, ...], variables: Mapping[str, str]) -> list[str]:
    """Say what changes: our own settings with their values, of others' variables the names alone."""
    lines = []
    for layer in layers:
        if layer not in state.layers:
            old = state.guard_layer
            lines.append(f"layer {_short(old)} -> {_short(layer)}" if old else f"+ layer {_short(layer)}")
    if len(layers) < len(state.layers):
        lines += [f"- layer {_short(layer)}" for layer in state.layers if layer not in layers]
    for name in sorted({*variables, *state.variables}):
        old_value, new_value = state.variables.get(name), variables.get(name)
        if old_value == new_value:
            continue
        shown = name.startswith(PREFIX) or name == WRAPPER
        if old_value is None:
            lines.append(f"+ {name}={new_value}" if shown else f"+ {name}")
        elif new_value is None:
            lines.append(f"- {name}")
        else:
            lines.append(f"{name} {old_value} -> {new_value}" if shown else f"{name} changes")
    return lines


def _short(layer: str) -> str:
    return f"{layer_name(layer)}:{layer_version(layer)}" if layer_name(layer) else layer


def _notes(state: State, wanted: Wanted) -> tuple[str, ...]:
    notes = list(_of_stack(state, "put these lines into it", stacks.lines(state, wanted.layer, wanted.settings)))
    if state.aliases:
        names = ", ".join(state.aliases[:3]) + (f" and {len(state.aliases) - 3} more" if len(state.aliases) > 3 else "")
        notes.append(f"aliases ({names}) stay on their published versions until the next one is published")
    return tuple(notes)


def _of_stack(state: State, advice: str, lines: str = "") -> tuple[str, ...]:
    owner = stacks.owner(state.tags)
    if owner is None:
        return ()
    return (f"{owner}: its next deployment undoes this; {advice}{':' if lines else ''}\n{lines}".rstrip("\n"),)
