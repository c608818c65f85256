"""The demo: a small shop in AWS's own Lambda emulator, guarded by the layer, first in observe, then in enforce."""

from __future__ import annotations

from .errors import DemoError, Interrupted
from .story import play

__all__ = ["DemoError", "Interrupted", "play"]
