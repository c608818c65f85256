"""From observe to enforce, through the same code as `report`, `readiness` and `baseline`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .. import evidence
from ..report import baseline, fleet, overview, page, passing, readiness
from ..report.readiness import Enough, Verdict
from .errors import DemoError

# A demo lasts a minute; for functions of one's own the command's defaults are days.
_ENOUGH = Enough(days=0, invocations=1, cold_starts=1, quiet=0)


@dataclass(frozen=True)
class Way:
    """What a team sees on its way: the report's file, the verdicts, the baseline, the verdicts with it in place."""

    report: Path
    before: list[Verdict]
    baseline: Path
    exemptions: int
    after: list[Verdict]


def find(records: Sequence[Path], folder: Path) -> Way:
    """Write the report and the baseline of what observe saw. Raises DemoError: the records hold none."""
    try:
        with evidence.read([str(path) for path in records]) as found:
            seen = fleet.gather(found)
    except evidence.NoEvidence as error:
        raise DemoError(str(error)) from None
    report = folder / "report.html"
    report.write_text(page.render(overview.of(seen, _ENOUGH), "A small shop"), encoding="utf-8")
    made = baseline.write(seen, seen.functions, "", datetime.now(UTC).date(), "the shop")
    target = folder / "baseline" / "lambda_guard.toml"
    target.parent.mkdir(exist_ok=True)
    target.write_text(made.text, encoding="utf-8")
    given = passing.read(target, [function.name for function in seen.functions])
    return Way(
        report,
        readiness.judge(seen, _ENOUGH),
        target,
        len(made.added),
        readiness.judge(seen, _ENOUGH, baseline=given),
    )
