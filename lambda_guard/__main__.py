"""`python -m lambda_guard`: the command line, where its script is not on the path."""

from __future__ import annotations

from lambda_guard.cli import main

if __name__ == "__main__":
    main(prog_name="lambda-guard")
