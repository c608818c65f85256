"""What operators and accounts do to attach, detach, set and status: renamed layers, denials, Ctrl-C, forged tags."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys

import pytest

from .lambda_api import LambdaApi
from .test_commands import Create, Publish, configuration, layers, run, variables


def test_a_layer_of_another_name_is_known_again(api: LambdaApi, create: Create, layer: Publish) -> None:
    """A team may rename the layer: it is replaced, told and taken off as the guard's own is."""
    named, first, theirs = layer("lambda-guard"), layer("team-guard"), layer("theirs")
    create("orders", Layers=[theirs], Environment={"Variables": {"LAMBDA_GUARD_MODE": "off"}})
    before = configuration(api, "orders")
    assert run("attach", "orders", "--layer", first, "--mode", "observe", "--yes").exit_code == 0
    assert "1 unchanged" in run("attach", "orders", "--layer", first, "--mode", "observe", "--yes").output
    second = layer("team-guard")
    for version in (second, named, layer("other-guard")):
        assert run("attach", "orders", "--layer", version, "--yes").exit_code == 0
        assert layers(api, "orders") == [theirs, version]
    assert run("set", "orders", "mode=enforce", "--yes").exit_code == 0
    (row,) = map(json.loads, run("status", "orders", "--format", "json").stdout.splitlines())
    assert (row["verdict"], row["layer"], row["mode"]) == ("guarded", 1, "enforce")
    assert run("detach", "orders", "--yes").exit_code == 0
    assert configuration(api, "orders") == before


def test_a_renamed_layer_is_outdated_by_its_own_versions(api: LambdaApi, create: Create, layer: Publish) -> None:
    """How many versions another layer has does not matter."""
    renamed = layer("team-guard")
    for _ in range(3):
        layer("lambda-guard")
    create("orders")
    run("attach", "orders", "--layer", renamed, "--yes")
    assert statuses_of("orders") == ["guarded"]
    layer("team-guard")
    assert statuses_of("orders") == ["outdated"]


def statuses_of(*names: str) -> list[str]:
    """Return the verdicts of functions."""
    return [json.loads(line)["verdict"] for line in run("status", *names, "--format", "json").stdout.splitlines()]


def test_killed_between_the_tag_and_the_layer_of_another_name(api: LambdaApi, create: Create, layer: Publish) -> None:
    """The tag names both, the layer that is there and the one that was to come: neither stays behind."""
    first, second = layer("team-a"), layer("team-b")
    create("orders")
    before = configuration(api, "orders")
    assert run("attach", "orders", "--layer", first, "--yes").exit_code == 0
    api.denied["PUT", "/configuration"] = "killed"
    assert run("attach", "orders", "--layer", second, "--yes").exit_code == 1
    api.denied.clear()
    assert layers(api, "orders") == [first]
    assert run("attach", "orders", "--layer", second, "--yes").exit_code == 0
    assert layers(api, "orders") == [second]
    assert run("detach", "orders", "--yes").exit_code == 0
    assert configuration(api, "orders") == before


def test_a_tag_of_somebody_elses_changes_no_variable_of_the_functions(
    api: LambdaApi, create: Create, layer: Publish
) -> None:
    """Who may only tag a function cannot have its variables changed or removed by who detaches."""
    create("orders", Environment={"Variables": {"TABLE": "orders", "KEY": "1"}})
    guard = layer("lambda-guard")
    assert run("attach", "orders", "--layer", guard, "--yes").exit_code == 0
    forged = "KEY=" + base64.urlsafe_b64encode(b'{"TABLE": "elsewhere"}').decode().rstrip("=")
    arn = configuration(api, "orders")["FunctionArn"]
    api.client().tag_resource(Resource=arn, Tags={"lambda-guard": forged})
    assert run("detach", "orders", "--yes").exit_code == 0
    assert variables(api, "orders") == {"TABLE": "orders", "KEY": "1"}


def test_what_is_in_tags_and_answers_does_not_steer_the_terminal(
    api: LambdaApi, create: Create, layer: Publish
) -> None:
    """A value in a forged tag, or in a message, is shown on its own line, without what a terminal obeys."""
    steering = "\x1b[2J\x9b31m\u202e\nall is well"
    create("orders", Environment={"Variables": {"LAMBDA_GUARD_MODE": "observe"}})
    guard = layer("lambda-guard")
    assert run("attach", "orders", "--layer", guard, "--mode", "enforce", "--yes").exit_code == 0
    forged = base64.urlsafe_b64encode(json.dumps({"LAMBDA_GUARD_MODE": steering}).encode()).decode().rstrip("=")
    arn = configuration(api, "orders")["FunctionArn"]
    api.client().tag_resource(Resource=arn, Tags={"lambda-guard": f"={forged}"})
    shown = [run("detach", "orders", "--dry-run").output]
    api.refusal = steering
    shown.append(run("set", "orders", "mode=off", "--yes").output)
    for output in shown:
        assert "all is well" in output
        assert not any(character in output for character in "\x1b\x9b\u202e")
        assert not any(line.strip() == "all is well" for line in output.splitlines())


@pytest.mark.parametrize("selected", ["orders", "--all"])
def test_variables_that_could_not_be_decrypted_are_not_overwritten(
    api: LambdaApi, create: Create, layer: Publish, selected: str
) -> None:
    """Lambda tells who may not use the function's key of no variables; writing that back would remove them all."""
    create("orders", Environment={"Variables": {"TABLE": "orders"}})
    guard = layer("lambda-guard")
    api.locked.add("eu-west-1/orders")
    done = run("attach", selected, "--layer", guard, "--mode", "observe", "--yes")
    assert (done.exit_code, "kms:Decrypt" in done.output, api.updates) == (1, True, [])
    api.locked.clear()
    assert run("attach", selected, "--layer", guard, "--mode", "observe", "--yes").exit_code == 0
    api.locked.add("eu-west-1/orders")
    for arguments in (("set", selected, "mode=enforce"), ("detach", selected)):
        done = run(*arguments, "--yes")
        assert (done.exit_code, "kms:Decrypt" in done.output, len(api.updates)) == (1, True, 1)


ACCOUNTS_OWN = (
    "User: u is not authorized to perform: {action} on resource: x because no identity-based policy allows it"
)


@pytest.mark.parametrize(
    ("denial", "words"),
    [
        ("not authorized to perform: {action} on resource: x with an explicit deny in a service control policy",
         "denied by a service control policy"),
        ("not authorized to perform: {action} because no service control policy allows the {action} action",
         "denied by a service control policy"),
        ("not authorized to perform: {action} on resource: x with an explicit deny in a permissions boundary",
         "denied by a permissions boundary"),
        (ACCOUNTS_OWN, "add it to the role that runs this command"),
    ],
)  # fmt: skip
def test_who_denies_it_is_said(api: LambdaApi, create: Create, layer: Publish, denial: str, words: str) -> None:
    """What the organisation denies cannot be allowed by the caller's own role, and is not advised."""
    create("orders")
    guard = layer("lambda-guard")
    api.denied["PUT", "/configuration"] = "lambda:UpdateFunctionConfiguration"
    api.denial = denial
    done = run("attach", "orders", "--layer", guard, "--yes")
    assert (done.exit_code, f"{words}" in " ".join(done.output.split())) == (1, True), done.output
    assert "lambda:UpdateFunctionConfiguration" in done.output


def test_one_region_that_fails_does_not_stop_the_others(api: LambdaApi, create: Create, layer: Publish) -> None:
    """An organisation may deny whole regions: it is said of that one, and the other is done."""
    create("orders")
    create("orders", region="us-east-1")
    both = ("--region", "us-east-1", "--region", "eu-west-1")
    api.denied["GET", "/2015-03-31/functions"] = "lambda:ListFunctions"
    api.denied_regions = {"us-east-1"}
    done = run("attach", "--all", *both, "--yes", "--json")
    rows = {row["region"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 1
    assert (rows["eu-west-1"]["outcome"], rows["us-east-1"]["outcome"]) == ("changed", "failed")
    assert (rows["us-east-1"]["function"], "lambda:ListFunctions" in rows["us-east-1"]["reason"]) == ("*", True)
    done = run("status", "--all", *both)
    assert (done.exit_code, "region us-east-1: no permission for lambda:ListFunctions" in done.output) == (1, True)
    done = run("status", "--all", "--region", "us-east-1")
    assert (done.exit_code, "no permission for lambda:ListFunctions" in done.output) == (2, True)

    api.denied = {("POST", "/layers/"): "lambda:PublishLayerVersion"}
    create("more")
    create("more", region="us-east-1")
    done = run("attach", "more", *both, "--yes", "--json")
    assert [(row["region"], row["outcome"]) for row in map(json.loads, done.stdout.splitlines())] == [
        ("eu-west-1", "changed"), ("us-east-1", "failed"),
    ]  # fmt: skip


def test_names_that_look_like_options(api: LambdaApi, create: Create, layer: Publish) -> None:
    """After two dashes a name is a name."""
    create("--all")
    create("other")
    guard = layer("lambda-guard")
    assert run("attach", "--layer", guard, "--yes", "--", "--all").exit_code == 0
    assert api.updates == ["--all"]
    assert run("set", "--yes", "--", "--all", "mode=enforce").exit_code == 0
    assert variables(api, "--all") == {"LAMBDA_GUARD_MODE": "enforce"}


def test_nobody_to_ask(api: LambdaApi, create: Create, layer: Publish) -> None:
    """A pipeline without --yes is told, and changes nothing."""
    create("orders")
    done = run("attach", "orders", "--layer", layer("lambda-guard"), input="")
    assert (done.exit_code, "say --yes" in done.output, api.updates) == (2, True, [])


def test_shared_also_where_nothing_else_is_to_be_done(api: LambdaApi, create: Create) -> None:
    """That all functions have the layer is no reason not to share it."""
    create("orders")
    assert run("attach", "orders", "--yes").exit_code == 0
    assert run("attach", "orders", "--yes", "--share", "111122223333").exit_code == 0
    policy = json.loads(api.client().get_layer_version_policy(LayerName="lambda-guard", VersionNumber=1)["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["account-111122223333"]


def test_a_validation_error_does_not_repeat_what_was_sent(api: LambdaApi, create: Create, layer: Publish) -> None:
    """Lambda's message quotes the environment, which has what others put there."""
    create("orders", Environment={"Variables": {"PASSWORD": "hunter2"}})
    guard = layer("lambda-guard")
    api.refusal = "1 validation error detected: Value '{PASSWORD=hunter2}' at 'environment.variables' failed to satisfy"
    done = run("attach", "orders", "--layer", guard, "--yes")
    assert (done.exit_code, "hunter2" in done.output) == (1, False)
    assert "The value at 'environment.variables'" in done.output


def test_stopped_in_the_middle(api: LambdaApi, create: Create, layer: Publish) -> None:
    """Ctrl-C ends with 130 and one line that says how far it came; what had begun is whole, and the rest can follow."""
    guard = layer("lambda-guard")
    for number in range(30):
        create(f"f{number:02}")
    command = [sys.executable, "-c", "from lambda_guard.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "attach", "--all", "--yes", "--json", "--layer", guard, "--mode", "observe"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def stop(_name: str) -> None:
        if len(api.updates) == 3:
            api.on_update = None
            process.send_signal(signal.SIGINT)

    api.on_update = stop
    told, errors = process.communicate(timeout=300)
    done = len(api.updates)
    assert 3 < done < 30
    assert (process.returncode, errors) == (
        130, f"Stopped: {done} of 30 functions changed; run the same command again for the rest.\n",
    )  # fmt: skip
    assert [json.loads(line)["outcome"] for line in told.splitlines()] == ["changed"] * done
    assert run("attach", "--all", "--yes", "--layer", guard, "--mode", "observe").exit_code == 0
    assert len(api.updates) == 30


def test_few_requests(api: LambdaApi, create: Create, layer: Publish) -> None:
    """One list tells most of all functions; the rest is asked of those alone that it concerns."""
    guard = layer("lambda-guard")
    for number in range(10):
        create(f"python-{number}")
        create(f"node-{number}", Runtime="nodejs22.x")
    api.requests = 0
    assert run("attach", "--all", "--layer", guard, "--dry-run").exit_code == 0
    assert api.requests == 1 + 10 * 2  # tags and aliases
    api.requests = 0
    assert run("status", "--all", "--format", "json").exit_code == 1
    assert api.requests == 1 + 10
