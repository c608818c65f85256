"""The suggested policies, judged by others than us: a linter's grammar and data, and an evaluator of IAM's logic.

Parliament (Duo's linter) and the simulator of cloud-copilot bring data and logic of their own. What they say rests on
AWS's documentation as ours does: it shows that we read it as others do.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from lambda_guard.analysis.evidence import Called, FunctionUsage, SourceSeen
from lambda_guard.analysis.iam.execution import Deployed
from lambda_guard.analysis.iam.policy import documents, statements_for
from lambda_guard.analysis.iam.role import RoleUsage, grants, role_usage
from lambda_guard.runtime.usage import Usage

# The linter leaves its files open.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

ROOT = Path(__file__).parents[3]
ACCOUNT, REGION = "111122223333", "eu-west-1"
TRUTH = Path(__file__).parents[4] / "shared/truth"
# Of 2026, and not in the data of both yet.
NEWER = {"dynamodb:SearchVectors", "dynamodb:DisassociateTableReplica"}


def usage_of(calls: list[Called], *arns: str, deployed: list[Deployed] | None = None) -> RoleUsage:
    sources = [SourceSeen(source, arn, 1) for source, _, arn in (text.partition("=") for text in arns)]
    who = ("f", ACCOUNT, REGION, ("1",), 1, 1, 0, 0, None, None)
    return role_usage("role", [FunctionUsage(*who, calls, sources)], deployed=deployed)


def page_of(usage: RoleUsage) -> dict[str, Any]:
    pages = documents(statements_for(grants(usage, logs=True)))
    return {**pages[0], "Statement": [body for page in pages for body in page["Statement"]]}


def triggers() -> RoleUsage:
    """Return a role of which Lambda needs everything that it can need."""
    place = f"{REGION}:{ACCOUNT}"
    mapping = {
        "EventSourceArn": f"arn:aws:mq:{place}:broker:b:b-1234",
        "SourceAccessConfigurations": [{"URI": f"arn:aws:secretsmanager:{place}:secret:broker-AbCdEf"}],
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::failed"}},
    }
    destinations = tuple(
        f"arn:aws:{resource}"
        for resource in (
            f"sqs:{place}:q",
            f"sns:{place}:t",
            f"lambda:{place}:function:g",
            f"events:{place}:event-bus/b",
        )
    )
    deployed = Deployed("f", REGION, "arn:aws:iam::1:role/r", True, True, "", destinations, (mapping,))
    return usage_of(
        [],
        f"sqs=arn:aws:sqs:{place}:jobs",
        f"kinesis=arn:aws:kinesis:{place}:stream/clicks",
        f"dynamodb=arn:aws:dynamodb:{place}:table/orders/stream/2026-01-02T03:04:05.678",
        f"kafka=arn:aws:kafka:{place}:cluster/c/1234-5678",
        f"docdb=arn:aws:rds:{place}:cluster:c",
        deployed=[deployed],
    )


def recorded(case: dict[str, Any]) -> RoleUsage:
    recorder = Usage()
    place = case["region"], case["partition"], case.get("endpoint_url")
    recorder.attempt(case["service"], case["operation"], case["params"], *place)
    return usage_of([Called(entry, entry["count"], 0, 0, {}, 1) for entry in recorder.totals()["calls"]])


def truth(name: str) -> list[dict[str, Any]]:
    if not (TRUTH / name).exists():
        pytest.skip(f"shared/truth/{name} is not beside the repository")
    return [
        case
        for case in json.loads((TRUTH / name).read_text())
        if case["confidence"] == "documented" and case["account"] == ACCOUNT and case.get("observable") is not False
    ]


def parliament() -> Any:
    """Import the linter, which asks a module for its files that setuptools has dropped since."""
    spec = importlib.util.find_spec("parliament")
    if spec is None or spec.origin is None:
        pytest.skip("parliament is not installed: no linter judges the policies")
    folder = Path(spec.origin).parent
    resources = types.ModuleType("pkg_resources")
    resources.resource_filename = lambda _, name: str(folder / name)  # type: ignore[attr-defined]
    sys.modules.setdefault("pkg_resources", resources)
    return importlib.import_module("parliament")


def lint(page: dict[str, Any]) -> list[str]:
    found = parliament().analyze_policy_string(json.dumps(page)).findings
    return [
        f"{finding.issue}: {finding.detail}"
        for finding in found
        if not any(action in str(finding.detail) for action in NEWER)
        # Its data know the policy of a stream only, where AWS's reference has tables too.
        if not ("ResourcePolicy" in str(finding.detail) and finding.issue == "RESOURCE_MISMATCH")
    ]


@pytest.mark.parametrize(
    ("action", "issue"),
    [("dynamodb:TransactWriteItems", "UNKNOWN_ACTION"), ("dynamodb:ListTables", "RESOURCE_MISMATCH")],
)
def test_the_linter_finds_what_is_wrong(action: str, issue: str) -> None:
    """A linter that finds nothing in anything would prove nothing."""
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/x"
    wrong = {"Effect": "Allow", "Action": [action], "Resource": [table]}
    found = lint({"Version": "2012-10-17", "Statement": [wrong]})
    assert [text.partition(":")[0] for text in found] == [issue]


def test_a_linter_finds_nothing_wrong_with_policies_for_documented_calls() -> None:
    for case in truth("dynamodb_iam.json"):
        assert lint(page_of(recorded(case))) == [], case["id"]


def test_a_linter_finds_nothing_wrong_with_what_lambda_needs_itself() -> None:
    # Network interfaces could be narrowed by hand: Lambda's documentation has * for them.
    assert [text for text in lint(page_of(triggers())) if not text.startswith("RESOURCE_STAR")] == []


# Asks the simulator once for each line of standard input, and prints its answers.
_NODE = """
const { runSimulation } = require('@cloud-copilot/iam-simulate');
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
(async () => {
  const answers = [];
  for (const { policy, action, resource, account } of asked) {
    const request = {
      principal: `arn:aws:iam::${account}:role/r`,
      action,
      resource: { resource, accountId: account },
      contextVariables: {},
    };
    const none = { serviceControlPolicies: [], resourceControlPolicies: [] };
    const answer = await runSimulation({ request, identityPolicies: [{ name: 'p', policy }], ...none }, {});
    answers.push(answer.overallResult || `error: ${JSON.stringify(answer.errors)}`);
  }
  console.log(JSON.stringify(answers));
})();
"""


def simulate(asked: list[tuple[dict[str, Any], str, str]]) -> list[str]:
    if shutil.which("node") is None or not (ROOT / "node_modules/@cloud-copilot/iam-simulate").exists():
        pytest.skip("the npm package @cloud-copilot/iam-simulate is not installed: no evaluator judges the policies")
    questions = [
        {"policy": policy, "action": action, "resource": resource, "account": ACCOUNT}
        for policy, action, resource in asked
    ]
    done = subprocess.run(
        ["node", "-e", _NODE],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_an_evaluator_allows_what_documented_calls_need_and_denies_the_rest() -> None:
    """For each call: every permission that AWS documents, none of them on another table or in another region."""
    allowed: list[tuple[dict[str, Any], str, str]] = []
    denied: list[tuple[dict[str, Any], str, str]] = []
    for case in truth("dynamodb_iam.json"):
        page = page_of(recorded(case))
        for need in case["expected"]:
            if need["action"] not in NEWER:
                allowed.append((page, need["action"], need["resource"]))
            if ":table/" in need["resource"]:
                denied.append((page, need["action"], need["resource"].replace(":table/", ":table/other-")))
                denied.append((page, "dynamodb:DeleteTable", f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/decoy"))
    answers = simulate([*allowed, *denied])
    for question, answer in zip(allowed, answers[: len(allowed)], strict=True):
        assert answer == "Allowed", question
    for question, answer in zip(denied, answers[len(allowed) :], strict=True):
        assert answer != "Allowed", question


def test_an_evaluator_allows_what_lambda_needs_itself() -> None:
    usage = triggers()
    page = page_of(usage)
    concrete = {"/consumer/*": "/consumer/c:1700000000", "/stream/*": "/stream/2026-01-02T03:04:05.678"}
    asked = []
    for need in sorted(usage.triggers):
        resource = need.resource
        for general, one in concrete.items():
            resource = resource.replace(general, one)
        asked.append((page, need.action, resource.replace("failed/*", "failed/key")))
    assert dict(zip(((action, resource) for _, action, resource in asked), simulate(asked), strict=True)) == {
        (action, resource): "Allowed" for _, action, resource in asked
    }


# A key's own policy has to say that IAM decides, which is no part of the question; and its data do not know the ARNs of
# AWS's own parameters, which have no account.
_NOT_ASKED = ("kms:", "arn:aws:ssm:eu-west-1::")


def test_an_evaluator_allows_what_documented_calls_of_other_services_need() -> None:
    asked = []
    for case in truth("services_iam.json"):
        page = page_of(recorded(case))
        for need in case["expected"]:
            if not any(text.startswith(_NOT_ASKED) for text in (need["action"], need["resource"])):
                resource = need["resource"].replace("-??????", "-AbCdEf")
                concrete = resource if resource == "*" else resource.replace("/*", "/x").replace(":*", ":x")
                asked.append((page, need["action"], concrete))
    assert len(asked) > 50
    for question, answer in zip(asked, simulate(asked), strict=True):
        assert answer == "Allowed", question[1:]
