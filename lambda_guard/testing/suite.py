"""What a whole run of tests found and used, over all xdist workers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lambda_guard.testing.guarded import Guarded, describe

_MOST_TESTS_NAMED = 3
_ROLE = "tests"


class Suite:
    """Findings by what they say, each with the tests that it was seen in, and the records of usage."""

    def __init__(self) -> None:
        self._findings: dict[str, list[str]] = {}
        self._usage: list[Any] = []
        self._tests = 0
        self._policy: list[str] = []

    def add(self, guarded: Guarded) -> None:
        """Take in what one test found and used."""
        self._tests += 1
        for record in guarded.records:
            content = record["lambda_guard"]
            if content["kind"] == "finding" and content["decision"] != "allowed":
                tests = self._findings.setdefault(describe(content), [])
                if guarded.test not in tests:
                    tests.append(guarded.test)
        last = [record for record in guarded.records if record["lambda_guard"]["kind"] == "usage"]
        if last:
            self._usage.extend(last)

    def as_text(self) -> str:
        """Return all of it for another process."""
        return json.dumps([self._tests, self._findings, self._usage])

    def take(self, text: str) -> None:
        """Add what another process returned."""
        tests, findings, usage = json.loads(text)
        self._tests += tests
        for what, names in findings.items():
            self._findings.setdefault(what, []).extend(names)
        self._usage.extend(usage)

    def summary(self) -> list[str]:
        """Return what is told at the end; nothing where nothing was found or written."""
        lines = []
        for what, tests in sorted(self._findings.items()):
            more = f" and {len(tests) - _MOST_TESTS_NAMED} more" if len(tests) > _MOST_TESTS_NAMED else ""
            lines.append(_printable(what))
            lines.append(_printable(f"    in {', '.join(tests[:_MOST_TESTS_NAMED])}{more}"))
        return [*lines, *map(_printable, self._policy)]

    def write_policy(self, path: str) -> None:
        """Write the policy that the calls need, in JSON; what it rests on is said in the summary."""
        coverage = f"seen in tests only: {self._tests:,} test{'s' * (self._tests != 1)}"
        if not self._usage:
            self._policy = [f"no policy written to {path}: no AWS call was seen in {coverage.partition(': ')[2]}"]
            return
        from lambda_guard.analysis.iam.formats import FORMATS

        lines, statements = self._suggested()
        if not statements:
            self._policy = [f"no policy written to {path}: none of the calls needs a permission", coverage, *lines]
            return
        texts = FORMATS["json"].render(_ROLE, statements)
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        for number, text in enumerate(texts, 1):
            file = target if number == 1 else target.with_name(f"{target.stem}-{number}{target.suffix}")
            file.write_text(text, encoding="utf-8")
        self._policy = [f"policy written to {path}", coverage, *lines]
        report = "\n".join(map(_printable, self._policy)) + "\n"
        target.with_name(f"{target.name}.coverage.txt").write_text(report, encoding="utf-8")

    def _suggested(self) -> tuple[list[str], list[Any]]:
        from lambda_guard.analysis import evidence
        from lambda_guard.analysis.iam.functions import usage_by_role
        from lambda_guard.analysis.iam.policy import statements_for
        from lambda_guard.analysis.iam.role import grants

        with tempfile.TemporaryDirectory(prefix="lambda-guard-") as folder:
            records = Path(folder) / "tests.jsonl"
            with records.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(record) + "\n" for record in self._of_one_function())
            with evidence.read([str(records)]) as found:
                (usage,) = usage_by_role(found.usage(), {}, (), "")
        return [], statements_for(grants(usage, conditions=False, logs=False, account=""))

    def _of_one_function(self) -> Iterator[Any]:
        for record in self._usage:
            yield {**record, "lambda_guard": {**record["lambda_guard"], "function": _ROLE, "account": None}}


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in line)
