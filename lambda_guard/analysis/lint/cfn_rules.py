"""The rules about templates as cfn-lint rules: `cfn-lint --append-rules lambda_guard.analysis.lint.cfn_rules`.

Each has the id of its own with W9 in place of LG: LG101 is W9101.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambda_guard.analysis.lint import run
from lambda_guard.analysis.lint.findings import Finding
from lambda_guard.analysis.lint.rules import DOCUMENTATION, PRACTICES, RULES, Rule
from lambda_guard.analysis.lint.settings import load


@lru_cache(maxsize=8)
def _findings(path: str, _changed: int) -> tuple[Finding, ...]:
    return tuple(run([Path(path)], load()).findings)


class _Judged:
    """What all of them do: judge the file as it is written, before SAM's transform."""

    ours = ""

    def match(self, cfn: Any) -> list[Any]:
        """Return the findings of this rule in a template."""
        path = Path(cfn.filename)
        if not path.is_file():
            return []
        return [
            # cfn-lint counts from 0.
            RuleMatch(
                [], finding.message, location=(finding.line - 1, finding.column - 1, finding.line - 1, finding.column)
            )
            for finding in _findings(str(path), path.stat().st_mtime_ns)
            if finding.id == self.ours
        ]


def _made(rule: Rule) -> type[_Judged]:
    return type(
        f"LambdaGuard{rule.id}",
        (_Judged, CloudFormationLintRule),
        {
            "__module__": __name__,
            "__doc__": rule.why,
            "ours": rule.id,
            "id": rule.cfn_id,
            "shortdesc": rule.why,
            "description": rule.instead,
            "source_url": DOCUMENTATION,
            "tags": ["lambda-guard", PRACTICES[rule.practice]],
        },
    )


# cfn-lint looks for the classes of a module by its names.
globals().update({f"LambdaGuard{rule.id}": _made(rule) for rule in RULES.values() if rule.template})
