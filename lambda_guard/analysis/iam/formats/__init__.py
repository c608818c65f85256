"""The languages that a policy is written in: one file each, one ordered table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lambda_guard.analysis.iam.formats import cdk_python, cdk_typescript, json_policy, sam, terraform
from lambda_guard.analysis.iam.formats.naming import LITERAL, Naming
from lambda_guard.analysis.iam.policy import Statement


class Render(Protocol):
    """Takes a role's name and statements, and returns the texts of one or more files."""

    def __call__(self, role: str, statements: Sequence[Statement], naming: Naming = LITERAL) -> list[str]:
        """Write the policy; what `naming` refers to, in the language's own way."""
        ...


@dataclass(frozen=True)
class Format:
    """One language. refers: whether it has references; attaches: whether it can attach a policy to its role."""

    suffix: str
    render: Render
    refers: bool = True
    attaches: bool = False


FORMATS = {
    "json": Format(".json", json_policy.render, refers=False),
    "terraform": Format(".tf", terraform.render, attaches=True),
    "sam": Format(".yaml", sam.render),
    "cdk-python": Format(".py", cdk_python.render),
    "cdk-typescript": Format(".ts", cdk_typescript.render),
}
