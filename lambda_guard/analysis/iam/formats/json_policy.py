"""IAM's own JSON, one file for each managed policy."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lambda_guard.analysis.iam.formats.naming import LITERAL, Naming
from lambda_guard.analysis.iam.policy import Statement, documents


def render(role: str, statements: Sequence[Statement], naming: Naming = LITERAL) -> list[str]:
    """Write policy documents of at most 6,144 characters, which fit a managed and an inline policy."""
    return [json.dumps(document, indent=2) + "\n" for document in documents(statements)]
