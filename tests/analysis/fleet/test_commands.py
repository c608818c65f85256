"""attach, detach, set and status, as they are called, on a Lambda API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lambda_guard.cli import main

from .lambda_api import LambdaApi

Create = Callable[..., str]
Publish = Callable[..., str]
CHANGING = ("LastModified", "RevisionId", "LastUpdateStatus")


def run(*arguments: str, **more: Any) -> Result:
    """Call the command line in this process."""
    result = CliRunner().invoke(main, list(arguments), **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def configuration(api: LambdaApi, name: str, region: str = "eu-west-1") -> dict[str, Any]:
    """Return what Lambda says of a function and its tags, without what changes with each update."""
    client = api.client(region=region)
    found = client.get_function_configuration(FunctionName=name)
    tags = client.list_tags(Resource=found["FunctionArn"])["Tags"]
    kept = {key: value for key, value in found.items() if key not in (*CHANGING, "ResponseMetadata")}
    return {**kept, "Tags": tags}


def variables(api: LambdaApi, name: str) -> dict[str, str]:
    """Return a function's environment."""
    found: dict[str, str] = configuration(api, name).get("Environment", {}).get("Variables", {})
    return found


def layers(api: LambdaApi, name: str) -> list[str]:
    """Return the ARNs of a function's layers."""
    return [layer["Arn"] for layer in configuration(api, name).get("Layers", ())]


def test_attach_and_detach_leave_everything_as_it_was(api: LambdaApi, create: Create, layer: Publish) -> None:
    """Layers, their order, variables and tags of others stay; after detach nothing tells that it was there."""
    others = [layer("one"), layer("two")]
    guard = layer("lambda-guard")
    create(
        "orders", Layers=others, Environment={"Variables": {"TABLE": "orders", "LAMBDA_GUARD_MODE": "off"}},
        Tags={"team": "shop"}, Timeout=17, MemorySize=512, Description="d",
    )  # fmt: skip
    create("bare")
    before = {name: configuration(api, name) for name in ("orders", "bare")}

    done = run("attach", "--all", "--layer", guard, "--mode", "enforce", "--set", "direct_invoke=observe", "--yes")
    assert done.exit_code == 0, done.output
    assert layers(api, "orders") == [*others, guard]
    settings = {"LAMBDA_GUARD_MODE": "enforce", "LAMBDA_GUARD_DIRECT_INVOKE": "observe"}
    assert variables(api, "orders") == {"TABLE": "orders", **settings}
    assert variables(api, "bare") == settings
    assert configuration(api, "orders")["Tags"]["team"] == "shop"

    assert run("detach", "--all", "--yes").exit_code == 0
    assert {name: configuration(api, name) for name in ("orders", "bare")} == before


def test_detach_keeps_what_others_changed_meanwhile(api: LambdaApi, create: Create, layer: Publish) -> None:
    """A variable, a layer and a wrapper that came after attach are not ours to undo."""
    theirs, guard, late = layer("theirs"), layer("lambda-guard"), layer("late")
    create(
        "orders", Layers=[theirs],
        Environment={"Variables": {"TABLE": "orders", "AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel-instrument"}},
    )  # fmt: skip
    assert run("attach", "orders", "--layer", guard, "--mode", "observe", "--yes").exit_code == 0
    attached = variables(api, "orders")
    assert attached["AWS_LAMBDA_EXEC_WRAPPER"] == "/opt/lambda-guard"
    assert attached["LAMBDA_GUARD_NEXT_WRAPPER"] == "/opt/otel-instrument"
    api.client().update_function_configuration(
        FunctionName="orders",
        Layers=[late, theirs, guard],
        Environment={"Variables": {**attached, "TABLE": "orders-2", "NEW": "1"}},
    )
    assert run("detach", "orders", "--yes").exit_code == 0
    assert layers(api, "orders") == [late, theirs]
    assert variables(api, "orders") == {
        "TABLE": "orders-2", "NEW": "1", "AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel-instrument",
    }  # fmt: skip


def test_again_is_nothing_and_a_newer_version_takes_the_olders_place(
    api: LambdaApi, create: Create, layer: Publish
) -> None:
    """The version is exchanged where it stands, and what detach restores is still what was there first."""
    first, theirs = layer("lambda-guard"), layer("theirs")
    create("orders", Environment={"Variables": {"LAMBDA_GUARD_MODE": "off"}})
    before = configuration(api, "orders")
    assert run("attach", "orders", "--layer", first, "--mode", "observe", "--yes").exit_code == 0
    api.client().update_function_configuration(FunctionName="orders", Layers=[first, theirs])
    done = run("attach", "orders", "--layer", first, "--mode", "observe", "--yes")
    assert "1 unchanged" in done.output
    second = layer("lambda-guard")
    assert run("attach", "orders", "--layer", second, "--yes").exit_code == 0
    assert layers(api, "orders") == [second, theirs]
    api.client().update_function_configuration(FunctionName="orders", Layers=[second])
    assert run("detach", "orders", "--yes").exit_code == 0
    assert configuration(api, "orders") == before


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "image": ({"PackageType": "Image", "Code": {"ImageUri": "1.dkr.ecr.x/y:z"}}, "container image"),
    "old": ({"Runtime": "python3.9"}, "python3.9 is not supported"),
    "adapter": ({"Handler": "run.sh"}, "names no Python function"),
    "large": ({"Environment": {"Variables": {"A": "x" * 4080}}}, "bytes that Lambda takes"),
    "signed": (
        {"CodeSigningConfigArn": "arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-0123456789abcdef0"},
        "code signing is enforced",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_with_the_reason_and_the_others_are_done(
    api: LambdaApi, create: Create, layer: Publish, kind: str
) -> None:
    """Whatever stands in the way is said, and stands in the way of nothing else."""
    more, reason = REFUSED[kind]
    create("difficult", **more)
    create("plain")
    before = configuration(api, "difficult")
    guard = layer("lambda-guard")
    options = ("--layer", guard) if kind != "signed" else ()
    done = run("attach", "--all", "--yes", "--mode", "observe", *options)
    assert done.exit_code == 1
    assert reason in " ".join(done.output.split())
    assert "1 changed, 1 refused" in done.output
    assert configuration(api, "difficult") == before
    assert len(layers(api, "plain")) == 1


def test_the_layer_is_built_and_published_once(api: LambdaApi, create: Create) -> None:
    """Its content is known by the digest: another function, or another run, gets the version that is there."""
    create("one")
    create("two")
    arguments = ("--yes", "--share", "111122223333", "--share", "o-abcdefghij")
    assert run("attach", "one", *arguments).exit_code == 0
    assert run("attach", "two", *arguments).exit_code == 0
    assert layers(api, "one") == layers(api, "two")
    versions = api.client().list_layer_versions(LayerName="lambda-guard")["LayerVersions"]
    assert [version["Version"] for version in versions] == [1]
    assert "sha256:" in versions[0]["Description"]
    policy = json.loads(api.client().get_layer_version_policy(LayerName="lambda-guard", VersionNumber=1)["Policy"])
    assert {statement["Sid"] for statement in policy["Statement"]} == {
        "account-111122223333",
        "organisation-o-abcdefghij",
    }
    assert run("attach", "one", "--yes", "--share", "everybody").exit_code == 2


def test_five_layers(api: LambdaApi, create: Create, layer: Publish) -> None:
    """There is no room for a sixth."""
    create("full", Layers=[layer(f"l{number}") for number in range(5)])
    done = run("attach", "full", "--yes", "--layer", layer("lambda-guard"))
    assert (done.exit_code, "it has 5 layers" in done.output) == (1, True)


def test_other_languages_are_left_out(api: LambdaApi, create: Create, layer: Publish) -> None:
    """That a Node.js function is not guarded is no failure."""
    create("web", Runtime="nodejs22.x")
    done = run("attach", "--all", "--yes", "--layer", layer("lambda-guard"))
    assert (done.exit_code, "no Python function" in done.output) == (0, True)


def test_a_deployment_in_between_is_never_overwritten(api: LambdaApi, create: Create, layer: Publish) -> None:
    """The update names the revision that it was planned on; it is planned again on what came in between."""
    create("orders", Environment={"Variables": {"TABLE": "a"}})

    def deploy(name: str) -> None:
        api.on_update = None
        api.client().update_function_configuration(
            FunctionName=name, Environment={"Variables": {"TABLE": "b", "ADDED": "1"}}
        )

    api.on_update = deploy
    assert run("attach", "orders", "--yes", "--layer", layer("lambda-guard"), "--mode", "observe").exit_code == 0
    assert variables(api, "orders") == {"TABLE": "b", "ADDED": "1", "LAMBDA_GUARD_MODE": "observe"}
    assert api.updates == ["orders", "orders"]


def test_waits_for_an_update_to_take_effect(api: LambdaApi, create: Create, layer: Publish) -> None:
    """Lambda takes a while, and refuses what comes meanwhile."""
    api.slow = 3
    create("orders")
    assert run("attach", "orders", "--yes", "--layer", layer("lambda-guard")).exit_code == 0
    assert run("set", "orders", "mode=enforce", "--yes").exit_code == 0
    api.in_progress["eu-west-1/orders"] = 1
    done = run("set", "orders", "mode=observe", "--yes")
    assert (done.exit_code, "another update is in progress" in done.output) == (1, True)


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("PUT", "/configuration", "lambda:UpdateFunctionConfiguration"),
        ("GET", "/configuration", "lambda:GetFunctionConfiguration"),
        ("POST", "/tags/", "lambda:TagResource"),
        ("GET", "/aliases", "lambda:ListAliases"),
    ],
)
def test_a_missing_permission_is_named(
    api: LambdaApi, create: Create, layer: Publish, method: str, path: str, action: str
) -> None:
    """And nothing is half done."""
    create("orders")
    before = configuration(api, "orders")
    guard = layer("lambda-guard")
    api.denied[method, path] = action
    done = run("attach", "orders", "--yes", "--mode", "observe", "--layer", guard)
    assert (done.exit_code, action in done.output) == (1, True), done.output
    api.denied.clear()
    run("detach", "orders", "--yes")
    assert configuration(api, "orders") == before


def test_a_run_that_was_killed_is_continued(
    api: LambdaApi, create: Create, layer: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was noted before the update makes the next run, or detach, do the right thing."""
    guard = layer("lambda-guard")
    names = [create(f"f{number:02}", Environment={"Variables": {"LAMBDA_GUARD_MODE": "off"}}) for number in range(12)]
    before = {name: configuration(api, name) for name in names}

    def die(_name: str) -> None:
        if len(api.updates) >= 5:
            api.denied["PUT", "/configuration"] = "killed"

    api.on_update = die
    assert run("attach", "--all", "--yes", "--layer", guard, "--mode", "observe").exit_code == 1
    api.on_update, api.denied = None, {}
    done_before = len(api.updates)
    assert 0 < done_before < 12
    assert run("attach", "--all", "--yes", "--layer", guard, "--mode", "observe").exit_code == 0
    assert len(api.updates) == 12
    assert {variables(api, name)["LAMBDA_GUARD_MODE"] for name in names} == {"observe"}
    assert run("detach", "--all", "--yes").exit_code == 0
    assert {name: configuration(api, name) for name in names} == before


def test_three_hundred_functions_on_a_throttled_api(api: LambdaApi, create: Create, layer: Publish) -> None:
    """All are done that can be, and all are as they were afterwards."""
    guard, theirs = layer("lambda-guard"), layer("theirs")
    kinds: tuple[dict[str, Any], ...] = (
        {}, {"Environment": {"Variables": {"A": "1"}}}, {"Layers": [theirs]}, {"Runtime": "python3.13"},
        {"Runtime": "nodejs22.x"}, {"Runtime": "python3.9"}, {"Handler": "run.sh"}, {"Tags": {"team": "shop"}},
        {"Environment": {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/datadog_wrapper"}}},
        {"Architectures": ["arm64"]},
    )  # fmt: skip
    for number in range(300):
        create(f"function-{number:03}", **kinds[number % len(kinds)])
    before = everything(api)
    api.throttle, api.slow = 41, 1
    done = run("attach", "--all", "--yes", "--layer", guard, "--mode", "observe", "--json")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    outcomes = {one["function"]: one["outcome"] for one in results}
    assert len(outcomes) == 300
    assert {outcome: list(outcomes.values()).count(outcome) for outcome in outcomes.values()} == {
        "changed": 210, "skipped": 30, "refused": 60,
    }  # fmt: skip
    assert run("detach", "--all", "--yes").exit_code == 0
    assert everything(api) == before


def everything(api: LambdaApi) -> tuple[list[Any], list[Any]]:
    """Return what Lambda says of all functions, and their tags, without what changes with each update."""
    functions = [
        {key: value for key, value in function.items() if key not in CHANGING}
        for page in api.client().get_paginator("list_functions").paginate()
        for function in page["Functions"]
    ]
    for function in functions:
        if not function.get("Environment", {}).get("Variables"):
            function.pop("Environment", None)  # Lambda does not tell of an empty one
    pages = api.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    tags = [resource for page in pages for resource in page["ResourceTagMappingList"] if resource["Tags"]]
    return sorted(functions, key=lambda one: one["FunctionName"]), sorted(tags, key=lambda one: one["ResourceARN"])


def test_selections(api: LambdaApi, create: Create, layer: Publish) -> None:
    """Names, ARNs, tags, prefixes, expressions and exclusions; several regions."""
    for name, tags in (("shop-a", {"team": "shop"}), ("shop-b", {"team": "shop"}), ("pay-a", {"team": "pay"})):
        create(name, Tags=tags)
    create("shop-a", region="us-east-1", Tags={"team": "shop"})
    layer("lambda-guard")

    def chosen(*arguments: str) -> list[str]:
        rows = run("status", "--format", "json", *arguments).stdout.splitlines()
        return sorted(f"{row['function']}@{row['region'][:2]}" for row in map(json.loads, rows))

    arn = configuration(api, "shop-a")["FunctionArn"]
    assert chosen("shop-a", arn) == ["shop-a@eu"]
    assert chosen("--tag", "team=shop") == ["shop-a@eu", "shop-b@eu"]
    assert chosen("--tag", "team=shop", "--exclude", "*-b") == ["shop-a@eu"]
    assert chosen("--prefix", "shop-") == ["shop-a@eu", "shop-b@eu"]
    assert chosen("--regex", "a$", "--region", "eu-west-1", "--region", "us-east-1") == [
        "pay-a@eu", "shop-a@eu", "shop-a@us",
    ]  # fmt: skip
    assert len(chosen("--all")) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("attach",), "Say which functions"),
        (("detach",), "Say which functions"),
        (("set", "f"), "Say what to set"),
        (("set", "mode=observe"), "Say which functions"),
        (("set", "f", "mode=loud"), "must be one of: off, observe, enforce"),
        (("set", "f", "nothing=1"), "There is no setting nothing"),
        (("attach", "f", "--set", "mode"), "A setting is NAME=VALUE"),
        (("status", "--tag", "team"), "--tag takes KEY=VALUE"),
        (("status", "--regex", "("), "no regular expression"),
        (("status", "--prefix", "nothing-"), "No function is selected"),
        (("attach", "f", "--layer", "arn", "--share", "1"), "--share is for a layer that is published here"),
        (("attach", "f", "--layer", "lambda-guard"), "--layer takes the ARN of a layer's version"),
        (("attach", "f", "--layer", "arn:aws:lambda:eu-west-1:123456789012:layer:g"), "its number at the end"),
        (("attach", "f", "--layer", "arn:aws:lambda:us-east-1:123456789012:layer:g:1"), "--layer is of us-east-1"),
        (("attach", "f:live"), "is a version or an alias, which cannot be changed: say f"),
        (("status", "arn:aws:lambda:us-east-1:123456789012:function:f"), "say --region us-east-1"),
    ],
)
def test_wrong_use(api: LambdaApi, arguments: tuple[str, ...], words: str) -> None:
    """What cannot be meant is said in one line, with 2."""
    done = run(*arguments)
    assert (done.exit_code, words in done.output) == (2, True), done.output


def test_a_function_that_is_not_there_is_said(api: LambdaApi, create: Create, layer: Publish) -> None:
    """No function is skipped without a word."""
    create("orders")
    done = run("attach", "orders", "order", "--yes", "--layer", layer("lambda-guard"))
    assert (done.exit_code, "order (eu-west-1)" in done.output, "no such function" in done.output) == (1, True, True)
    assert "1 changed, 1 failed" in done.output


def test_dry_run_and_no_for_an_answer_change_nothing(api: LambdaApi, create: Create, layer: Publish) -> None:
    """The plan is shown, and that is all."""
    create("orders")
    guard = layer("lambda-guard")
    before = configuration(api, "orders")
    done = run("attach", "orders", "--layer", guard, "--mode", "enforce", "--dry-run")
    assert done.exit_code == 0
    assert "+ LAMBDA_GUARD_MODE=enforce" in done.output
    assert run("attach", "orders", "--layer", guard, input="n\n").exit_code == 1
    assert configuration(api, "orders") == before
    assert api.updates == []


STACK = {
    "aws:cloudformation:stack-name": "shop-prod",
    "aws:cloudformation:logical-id": "OrdersFunction",
    "lambda:createdBy": "SAM",
}


def test_what_the_next_deployment_undoes_is_said_with_the_lines_for_its_template(
    api: LambdaApi, create: Create, layer: Publish
) -> None:
    """Functions of a stack get the layer, and the advice to put it where it stays."""
    create("orders", Tags=STACK)
    create("reports", Tags={"managed-by": "terraform"})
    guard = layer("lambda-guard")
    done = run("attach", "--all", "--dry-run", "--layer", guard, "--mode", "observe")
    assert "SAM stack shop-prod: its next deployment undoes this" in done.output
    assert f"OrdersFunction:\n  Properties:\n    Layers:\n      - {guard}" in done.output
    assert f'layers = ["{guard}"]' in done.output


def test_status(api: LambdaApi, create: Create, layer: Publish, tmp_path: Any) -> None:
    """From the configuration and from records: guarded, outdated, silent, drifted, unattached."""
    old, new = layer("lambda-guard"), layer("lambda-guard")
    for name in ("fresh", "stale", "quiet", "lost", "other", "moved"):
        create(name)
    create("web", Runtime="nodejs22.x")
    run("attach", "stale", "--layer", old, "--yes")
    run("attach", "fresh", "quiet", "lost", "moved", "--layer", new, "--yes")
    api.client().update_function_configuration(FunctionName="lost", Layers=[])
    rows = statuses()
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "fresh": "guarded", "stale": "outdated", "quiet": "guarded", "lost": "drifted", "other": "unattached",
        "moved": "guarded", "web": "not python",
    }  # fmt: skip

    log = tmp_path / "log.jsonl"
    log.write_text(attached("fresh", "observe") + attached("stale", "observe") + attached("moved", "enforce"))
    rows = statuses("--evidence", str(log))
    assert [rows[name]["verdict"] for name in ("quiet", "moved", "fresh")] == ["silent", "drifted", "guarded"]
    assert rows["fresh"]["way"] == "pth"
    table = run("status", "--all", "--format", "markdown").stdout
    assert "| stale | eu-west-1 | outdated |" in table


def statuses(*arguments: str) -> dict[str, dict[str, Any]]:
    """Return what status says of each function, some of which are not as they should be."""
    done = run("status", "--all", "--format", "json", *arguments)
    assert done.exit_code == 1
    return {row["function"]: row for row in map(json.loads, done.stdout.splitlines())}


def attached(function: str, mode: str) -> str:
    """Return the line that a function prints first."""
    body = {
        "v": 1, "kind": "attached", "function": function, "version": "$LATEST", "account": None, "region": "eu-west-1",
        "sandbox": f"s-{function}", "seq": 1, "mode": mode, "way": "pth", "lambda_guard": "0.1.0",
        "settings": {"mode": mode},
    }  # fmt: skip
    return json.dumps({"level": "INFO", "timestamp": "2026-11-01T00:00:00.000Z", "lambda_guard": body}) + "\n"
