"""Build the layer: one zip for Python 3.11 to 3.14 on x86_64 and arm64, the same bytes at every build.

    python layer/build.py -o dist/lambda-guard-layer.zip [--python python3.12 [--python ...]] [--config org.toml]

`lambda_guard.analysis.layer` does it. Who has not all of the Pythons builds with `layer/Dockerfile`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lambda_guard.analysis.layer import BuildError, build  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Build the zip that the command line asks for; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        manifest = build(
            options.output, interpreters=options.python, settings=options.config, wheels=options.wheels,
            also=options.also,
        )  # fmt: skip
    except (BuildError, OSError) as error:
        print(f"layer/build.py: {error}", file=sys.stderr)
        return 2
    size = options.output.stat().st_size / 1024
    print(f"{options.output}: {size:.0f} KiB, sha256 of the content {manifest.digest}")
    if manifest.without_bytecode:
        print(
            f"bytecode for Python {', '.join(manifest.bytecode) or 'none'} only: functions on "
            f"{', '.join(manifest.without_bytecode)} start about 20 ms later; build where those are installed too, "
            "name them with --python, or build with layer/Dockerfile",
            file=sys.stderr,
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Build the lambda_guard layer: one zip for Python 3.11 to 3.14 on x86_64 and arm64."
    )
    add = parser.add_argument
    add(
        "-o", "--output", metavar="ZIP", type=Path, default=ROOT / "dist" / "lambda-guard-layer.zip",
        help="the zip to write (default: dist/lambda-guard-layer.zip in the clone)",
    )  # fmt: skip
    add(
        "--python", metavar="PYTHON", action="append",
        help="a Python to ship bytecode for, such as python3.12; repeat for more (default: all that are installed)",
    )  # fmt: skip
    add(
        "--also", metavar="ZIP", action="append", type=Path, default=[],
        help="a layer of the same source, built elsewhere, whose bytecode to ship too; repeat for more (default: none)",
    )  # fmt: skip
    add(
        "--config", metavar="FILE", type=Path,
        help="the organisation's settings, defaults and floor, to ship as lambda_guard.toml (default: none)",
    )  # fmt: skip
    add(
        "--wheels", metavar="DIR", type=Path, default=ROOT / ".cache" / "wheels",
        help="where the wheel of wrapt is kept between builds (default: .cache/wheels in the clone)",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
