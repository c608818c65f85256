"""The languages that a policy is written in: one file each, one ordered table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lambda_guard.analysis.iam.formats import cdk_python, cdk_typescript, json_policy, sam, terraform
from lambda_guard.analysis.iam.policy import Statement


@dataclass(frozen=True)
class Format:
    """One language. `render` takes a role's name and statements, and returns the texts of one or more files."""

    suffix: str
    render: Callable[[str, Sequence[Statement]], list[str]]


FORMATS = {
    "json": Format(".json", json_policy.render),
    "terraform": Format(".tf", terraform.render),
    "sam": Format(".yaml", sam.render),
    "cdk-python": Format(".py", cdk_python.render),
    "cdk-typescript": Format(".ts", cdk_typescript.render),
}
