"""Carries plans out: with the revision that each was made on, so that no deployment in between is overwritten."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from lambda_guard.analysis.fleet import plan as planning
from lambda_guard.analysis.fleet import record, state
from lambda_guard.analysis.fleet.plan import Plan, Wanted
from lambda_guard.analysis.fleet.state import State

AT_ONCE = 8
PAUSE = time.sleep
_ATTEMPTS = 4  # of a plan that another change overtook
_WAITING = 120.0  # seconds for an update to take effect
_BUSY = ("ResourceConflictException", "PreconditionFailedException")
_DENIED = ("AccessDeniedException", "AccessDenied")
# Who denied it, where that is not the caller's own policy; such a message may say it in either of two ways.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_ELSEWHERE = re.compile(
    r"(?:explicit deny in an?|because no) ((?:service control|resource control|session|VPC endpoint|resource-based)"
    r" policy|permissions boundary)"
)
_VALUE = re.compile(r"Value '.*' at ", re.DOTALL)  # validation errors repeat what was sent: the function's variables

Planner = Callable[[State], Plan]
Found = str | Mapping[str, Any]  # a name or ARN, or what ListFunctions said


@dataclass(frozen=True)
class Result:
    """What became of one function: the plan that was carried out last, or why there is none.

    outcome: changed, unchanged, skipped, refused or failed.
    """

    name: str
    region: str
    outcome: str
    reason: str = ""
    plan: Plan | None = None


def plan_all(
    client: Any, found: Iterable[Found], region: str, planner: Planner
) -> Generator[Result | Plan, None, None]:
    """Read functions and plan each, several at once, in any order; a function that cannot be read is a result."""

    def one(function: Found) -> Result | Plan:
        try:
            return planner(state.read(client, function))
        except (ClientError, BotoCoreError) as error:
            name = function if isinstance(function, str) else function["FunctionName"]
            return Result(name, region, "failed", explain(error))

    yield from _at_once(one, found)


def apply_all(
    client: Any, plans: Iterable[Plan], planner: Planner, done: list[Result]
) -> Generator[Result, None, None]:
    """Carry plans out, several at once, in any order. done: gets each result, also once nobody asks for more."""

    def one(plan: Plan) -> Result:
        result = carry_out(client, plan, planner)
        done.append(result)
        return result

    yield from _at_once(one, plans)


def _at_once(work: Callable[[Any], Any], items: Iterable[Any]) -> Generator[Any, None, None]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:  # Ctrl-C: what has begun ends, what has not does not begin
            for future in futures:
                future.cancel()
            raise


def carry_out(client: Any, plan: Plan, planner: Planner) -> Result:
    """Carry one plan out; where the function changed since it was made, plan again on what it is now."""
    for attempt in range(_ATTEMPTS):
        before = plan.state
        if plan.outcome != "change":
            return Result(before.name, before.region, plan.outcome, plan.reason, plan)
        try:
            _write(client, plan)
            return Result(before.name, before.region, "changed", "", plan)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _BUSY or attempt == _ATTEMPTS - 1:
                return Result(before.name, before.region, "failed", explain(error), plan)
        except (BotoCoreError, NotTaken) as error:
            return Result(before.name, before.region, "failed", explain(error), plan)
        PAUSE(2.0**attempt)
        try:
            _settled(client, before.name)
            plan = planner(state.read(client, before.name))
        except (ClientError, BotoCoreError) as error:
            return Result(before.name, before.region, "failed", explain(error), plan)
    raise AssertionError("unreachable")


def attaching(client: Any, wanted: Wanted) -> Planner:
    """Return what plans to attach; code signing and aliases are asked of functions that would be changed alone."""

    def planner(found: State) -> Plan:
        plan = planning.attach(found, wanted)
        if plan.outcome == "change" and found.signing is None and not wanted.signed:
            found = state.signing(client, found)
        if plan.outcome == "change" and found.aliases is None:
            found = state.aliases(client, found)
        return plan if found is plan.state else planning.attach(found, wanted)

    return planner


class NotTaken(Exception):
    """An update that Lambda took and could not put into effect."""


def _write(client: Any, plan: Plan) -> None:
    """Note what was there before first: a run that is killed between the two can be run again, or taken back."""
    if plan.tag:
        client.tag_resource(Resource=plan.state.arn, Tags={record.TAG: plan.tag})
    if plan.update:
        answer = client.update_function_configuration(
            FunctionName=plan.state.name, RevisionId=plan.state.revision, **plan.update
        )
        status = answer.get("LastUpdateStatus")
        if (status if status == "Successful" else _settled(client, plan.state.name)) == "Failed":
            raise NotTaken("Lambda could not put the update into effect; the function runs as before")
    if plan.tag == "":
        client.untag_resource(Resource=plan.state.arn, TagKeys=[record.TAG])


def _settled(client: Any, name: str) -> str:
    """Wait until no update of a function is in progress, and return how the last one ended.

    https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    """
    waited, step = 0.0, 0.5
    while True:
        status: str = client.get_function_configuration(FunctionName=name).get("LastUpdateStatus") or "Successful"
        if status != "InProgress" or waited >= _WAITING:
            return status
        PAUSE(step)
        waited, step = waited + step, min(step * 2, 5.0)


def explain(error: Exception) -> str:
    """Say what AWS answered, for the person who can act: which permission is missing, which function is not there."""
    if not isinstance(error, ClientError):
        if isinstance(error, ParamValidationError):  # its text has the values
            return "botocore takes no such request: update boto3, or check the function's name"
        return f"{type(error).__name__}: {error}" if isinstance(error, BotoCoreError) else str(error)
    code, message = error.response["Error"]["Code"], str(error.response["Error"].get("Message", ""))
    if code in _DENIED:
        missing = re.search(r"perform: (\S+)", message)
        action = missing.group(1) if missing else f"lambda:{error.operation_name}"
        other = _ELSEWHERE.search(message)
        if other is not None:
            return (
                f"{action} is denied by a {other.group(1)}, which no policy of your own role can allow: ask its owner"
            )
        return f"no permission for {action}: add it to the role that runs this command"
    if code == "ResourceNotFoundException":
        return "there is no such function here: check its name, region and account"
    if code == "PreconditionFailedException":
        return "somebody else keeps changing this function: run this again when they are done"
    return f"{code}: {_VALUE.sub('The value at ', message)}"
