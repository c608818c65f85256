"""Stands in for /var/runtime/bootstrap.py: the same steps in the same order, on folders that the emulator names.

EMULATOR_OPT stands for /opt, and the folder that this file lies in for /var/runtime.
"""

import os
import site
import sys

runtime = os.path.dirname(os.path.abspath(__file__))
sys.path[0] = os.path.join(runtime, "packages")

import awslambdaric.__main__ as awslambdaric  # noqa: E402


def _main() -> None:
    opt = os.environ.pop("EMULATOR_OPT")
    for name in ("EMULATOR_PYTHON", "EMULATOR_RUNTIME"):
        os.environ.pop(name, None)
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    layers = [
        os.path.join(opt, "python", "lib", f"python3.{sys.version_info.minor}", "site-packages"),
        os.path.join(opt, "python"),
    ]
    pythonpath_is_set = "PYTHONPATH" in os.environ
    if not pythonpath_is_set:
        sys.path[:0] = layers
    sys.path.insert(0, task_root)
    for folder in [task_root] if pythonpath_is_set else [task_root, *layers]:
        site.addsitedir(folder)
    if not pythonpath_is_set:
        os.environ["PYTHONPATH"] = runtime
    awslambdaric.main([task_root, os.environ["_HANDLER"]])


_main()
