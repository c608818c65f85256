"""SDKs whose calls the guard cannot count: said once, as soon as the function loads one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from ...guard import Guard


def apply(module: ModuleType, guard: Guard) -> None:
    """Say that what a function does with this SDK is missing in its usage."""
    if guard.usage is None:
        return
    message = f"calls made with {module.__name__} are not in the usage records: do not tighten a policy by these alone"
    guard.journal.uncovered(module.__name__, message)


def remove(_module: ModuleType) -> None:
    """Nothing was patched."""
