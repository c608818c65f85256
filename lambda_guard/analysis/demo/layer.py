"""The layer, built as users build it, and all else that has to be there before a function can start."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import lambda_guard

from ..emulator import pythons, runtime
from .errors import DemoError
from .processes import Processes

CHECKOUT = Path(lambda_guard.__file__).resolve().parent.parent
EXAMPLES = CHECKOUT / "layer" / "examples"


def check_place() -> None:
    """Raise DemoError off Linux, and where the layer's sources are not beside the package, as in a wheel."""
    if sys.platform != "linux":
        raise DemoError("the demo needs Linux, as AWS's Lambda emulator does: run `make demo` in a container")
    for path in (CHECKOUT / "layer" / "build.py", EXAMPLES / "shop"):
        if not path.exists():
            raise DemoError(
                f"the demo builds the layer from its sources, and there is no {path}. "
                "Clone the project's repository and run `make demo` there."
            )


def choose_python() -> str:
    """Return the Python that the functions run on: the one that runs this, else the latest that there is."""
    found = pythons.find()
    own = "{}.{}".format(*sys.version_info)
    if not found:
        raise DemoError(f"no Python that Lambda runs is on the PATH as python{' or python'.join(pythons.VERSIONS)}")
    return own if own in found else max(found)


def build(processes: Processes, folder: Path) -> tuple[Path, int]:
    """Build the layer's zip; return the folder that stands for /opt, and the zip's size in bytes."""
    target = folder / "layer.zip"
    wheels = runtime.cache() / "wheels"
    script = CHECKOUT / "layer" / "build.py"
    processes.run([sys.executable, str(script), "-o", str(target), "--wheels", str(wheels)])
    opt = folder / "opt"
    with zipfile.ZipFile(target) as archive:
        archive.extractall(opt)
    # zipfile drops the modes; Lambda keeps them.
    (opt / "lambda-guard").chmod(0o755)
    return opt, target.stat().st_size


def fetch_runtime(processes: Processes, python: str) -> None:
    """Get the emulator and the runtime's packages into the cache, unless they are there."""
    processes.run([sys.executable, "-m", f"{__package__}.fetch", python])
