"""Runs fresh.py: one function in one fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lambda_guard.analysis.emulator import runtime

from . import variants
from .variants import Variant

FRESH = Path(__file__).resolve().parent / "fresh.py"
# All that a function sees: a LAMBDA_GUARD_CACHE of ours would be a setting that the guard does not know.
ENVIRON = {
    "PATH": os.environ.get("PATH", ""),
    "LANG": "en_US.UTF-8",
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
}


class BenchmarkError(Exception):
    """A function under measurement failed; says which, and what it printed."""


class Bench:
    """Where things are: the layer, a folder for the functions, and the runtime's packages.

    packages: folders with awslambdaric and boto3; None for those of the emulator's runtime.
    """

    def __init__(self, work: Path, guard_layer: Path, packages: list[str] | None = None) -> None:
        self.work = work
        self.guard_layer = guard_layer
        self.packages = packages or [str(runtime.folder(variants.PYTHON) / "packages")]

    def run(
        self, task: str, variant: Variant, *, boto3: bool = False, collector: bool = True, limit: int = 300,
        seed: int = 0, **spec: Any
    ) -> Any:
        """Run one task of fresh.py or loops.py on a variant's function, and return its answer."""
        folder = variants.task(self.work, variant, boto3=boto3, collector=collector)
        opt = variants.layer(variant, self.guard_layer)
        content = {
            "task": task,
            "path": [str(folder), *([str(opt / "python")] if opt else []), *self.packages],
            "environ": self.environ(variant, folder, opt),
            "pth": variant.guard and "LAMBDA_GUARD_ATTACH" not in variant.environ,
            "event": {},
            "collector": collector,
            **spec,
        }
        command = [sys.executable, "-s", "-P", "-S", "-B", str(FRESH)]
        settings = {"env": {"PYTHONHASHSEED": str(seed)}, "timeout": limit, "check": False}
        try:
            done = subprocess.run(command, input=json.dumps(content), capture_output=True, text=True, **settings)
            return json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            raise BenchmarkError(f"{variant.name}: {task} did not end within {limit} seconds") from None
        except ValueError:
            raise BenchmarkError(f"{variant.name}: {task} failed:\n{done.stderr[-3000:]}") from None

    def environ(self, variant: Variant, folder: Path, opt: Path | None) -> Mapping[str, str]:
        return {
            **ENVIRON,
            "LAMBDA_TASK_ROOT": str(folder),
            "_HANDLER": variant.handler,
            **variants.environ(variant, opt),
        }
