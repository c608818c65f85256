"""A figure is one line of the results: what was measured, on what, how much, how sure."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

Figure = dict[str, Any]
Pairs = Sequence[tuple[float, float]]
_began = time.monotonic()


def added(group: str, case: str, variant: str, unit: str, pairs: Pairs) -> Figure:
    """Make the figure of what a variant adds: the median of the differences within each round.

    pairs: (bare, with the variant) of each round, measured one right after the other. `least` is the difference of
    the quickest rounds: on a busy machine it is nearer to the truth than the median.
    """
    differences = [dressed - bare for bare, dressed in pairs]
    return {
        "group": group,
        "case": case,
        "variant": variant,
        "unit": unit,
        "added": statistics.median(differences),
        "spread": quartiles(differences),
        "least": min(dressed for _, dressed in pairs) - min(bare for bare, _ in pairs),
        "bare": statistics.median(bare for bare, _ in pairs),
        "rounds": len(pairs),
    }


def value(group: str, case: str, variant: str, unit: str, number: float) -> Figure:
    """Make the figure of something that is counted, or that has no unguarded counterpart."""
    return {"group": group, "case": case, "variant": variant, "unit": unit, "value": number}


def quartiles(values: Sequence[float]) -> list[float]:
    """Return the first and the third quartile."""
    if len(values) < 2:
        return [values[0], values[0]]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return [first, third]


def say(text: str) -> None:
    """Show progress."""
    print(f"[{time.monotonic() - _began:4.0f} s] {text}", file=sys.stderr, flush=True)
