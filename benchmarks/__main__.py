"""`python -m benchmarks run` measures and publishes; `python -m benchmarks check` holds the budgets."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What the guard costs.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure everything; write results, plots and the READMEs' tables")
    run.add_argument("--quick", action="store_true", help="a few repetitions, to see that it works; publishes nothing")
    run.add_argument("--only", action="append", metavar="GROUP", help="only this group; publishes nothing; repeat")
    publish = commands.add_parser("publish", help="write plots and the READMEs' tables from results")
    publish.add_argument("results", type=Path)
    check = commands.add_parser("check", help="fail where a budget is not kept")
    check.add_argument("--counts", action="store_true", help="only what can be counted")
    check.add_argument("--package", type=Path, help="folder with lambda_guard to check instead of the built layer")
    check.add_argument("--packages", action="append", help="folder with awslambdaric, boto3 and wrapt; repeat")
    fleet = commands.add_parser("fleet", help="write a fleet's logs, and read them")
    fleet.add_argument("folder", type=Path)
    fleet.add_argument("--records", type=int, default=10_000_000)
    options = parser.parse_args(arguments)
    if options.command == "fleet":
        from .fleet import measure

        measure(options.folder, options.records)
        return 0
    if options.command == "check":
        from .check import check as check_budgets

        return int(check_budgets(options.package, options.packages, counts_only=options.counts) > 0)
    from . import suite

    if options.command == "publish":
        suite.publish_file(options.results)
        return 0
    return suite.run(quick=options.quick, only=options.only)


if __name__ == "__main__":
    sys.exit(main())
