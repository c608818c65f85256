"""The policies in docs/fleet.md are what `suggest` writes from the commands' own calls: no action less, none more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import botocore.client
import pytest

from lambda_guard.runtime.usage import Usage

from .lambda_api import ACCOUNT, LambdaApi
from .test_commands import Create, Publish, run

PAGE = Path(__file__).resolve().parents[3] / "docs" / "fleet.md"
SELECTIONS = (("--all",), ("--tag", "team=shop"), ("orders",))
# Lambda asks for it as it updates a function's layers; no call shows it.
UNSEEN = {"lambda:GetLayerVersion"}


def documented(command: str) -> list[tuple[str, str]]:
    """Return the pairs of action and resource pattern that the page allows for a command."""
    found = re.search(rf"^### {command}$.*?^```json$(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return list(pairs(json.loads(found[1])))


def pairs(policy: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each action of a policy with each of its resources."""
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        actions, resources = statement["Action"], statement["Resource"]
        for action in [actions] if isinstance(actions, str) else actions:
            for resource in [resources] if isinstance(resources, str) else resources:
                yield action, resource


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch, usage: Usage) -> Iterator[None]:
    """Record what botocore is asked for, as the guard records it in a function."""
    original = botocore.client.BaseClient._make_api_call

    def make_api_call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        usage.attempt(service, operation, params, client.meta.region_name, "aws", None)
        return original(client, operation, params)

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", make_api_call)
        yield


def suggested(usage: Usage, folder: Path) -> set[tuple[str, str]]:
    """Return what `suggest` allows on such calls."""
    body = {
        "v": 1, "kind": "usage", "function": "laptop", "version": "$LATEST", "account": ACCOUNT, "region": "eu-west-1",
        "sandbox": "s", "seq": 1, "mode": "observe", **usage.totals(),
    }  # fmt: skip
    body |= {"invocations": 1, "dropped": 0, "partial": False, "sources": [], "findings": []}
    log = folder / "log.jsonl"
    log.write_text(json.dumps({"level": "INFO", "timestamp": "2026-11-01T00:00:00.000Z", "lambda_guard": body}) + "\n")
    done = run("suggest", str(log), "--format", "json")
    assert done.exit_code == 0, done.output
    return set(pairs(json.loads(done.stdout)))


COMMANDS = {
    "attach": ("--yes", "--share", "111122223333", "--mode", "observe"),
    "set": ("mode=enforce", "--yes"),
    "status": (),
    "detach": ("--yes",),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_allows_what_a_command_needs_and_no_more(
    api: LambdaApi, create: Create, layer: Publish, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    """Selected in every way, each time on a function that the command changes."""
    api.slow = 1
    guard = layer("lambda-guard")
    create("orders", Tags={"team": "shop"})
    usage = Usage()
    for selection in SELECTIONS:
        run("detach", "orders", "--yes")
        if command != "attach":
            run("attach", "orders", "--layer", guard, "--yes")
        with recorded(monkeypatch, usage):
            done = run(command, *COMMANDS[command], *selection)
        assert done.exit_code == 0, done.output
    needed, allowed = suggested(usage, tmp_path), documented(command)
    assert {action for action, _ in needed} == {action for action, _ in allowed} - UNSEEN
    for action, resource in needed:
        assert any(action == one and fnmatchcase(resource, pattern) for one, pattern in allowed), (action, resource)
    for action, pattern in allowed:
        assert pattern != "*" or (action, "*") in needed, f"{action} can be narrowed"
