"""The table that Athena reads exported logs through."""

from __future__ import annotations

import pytest
import sqlglot
from click.testing import CliRunner, Result
from sqlglot import exp

from lambda_guard.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["athena-ddl", *arguments])


def properties(text: str) -> dict[str, str]:
    """Read the statement as Athena does, and return its properties."""
    tree = sqlglot.parse_one(text, read="athena")
    assert isinstance(tree, exp.Create)
    return {
        node.this.name: node.args["value"].name for node in tree.find_all(exp.Property) if type(node) is exp.Property
    }


@pytest.mark.parametrize("place", ["s3://logs-bucket/lambda/", "s3://logs-bucket/lambda", "s3://logs-bucket"])
def test_firehose_folders_are_days(place: str) -> None:
    result = run(place, "--table", "ops.logs", "--keep", "30")
    found = properties(result.stdout)
    base = place.rstrip("/")
    assert result.exit_code == 0
    assert "CREATE EXTERNAL TABLE IF NOT EXISTS ops.logs (line string)\nPARTITIONED BY (day string)" in result.stdout
    assert found["projection.day.format"] == "yyyy/MM/dd"
    assert found["projection.day.range"] == "NOW-30DAYS,NOW"
    assert found["storage.location.template"] == f"{base}/${{day}}/"
    assert f"LOCATION '{base}/'" in result.stdout


def test_exports_of_cloudwatch_are_partitions_by_their_ids() -> None:
    result = run("s3://logs/x", "--from", "cloudwatch", "--export", "a-1", "--export", "b-2")
    found = properties(result.stdout)
    assert found["projection.export.values"] == "a-1,b-2"
    assert found["storage.location.template"] == "s3://logs/x/${export}/"


def test_without_ids_an_export_is_read_whole() -> None:
    result = run("s3://logs/x", "--from", "cloudwatch")
    assert "PARTITIONED" not in result.stdout
    assert "projection.enabled" not in properties(result.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["logs"],
        ["s3://b'; DROP TABLE x"],
        ["s3://logs/x'y"],
        ["s3://logs/x", "--table", "a"],
        ["s3://logs/x", "--table", "a.b; DROP"],
        ["s3://logs/x", "--from", "cloudwatch", "--export", "a'b"],
        ["s3://logs/x", "--export", "a"],
    ],
)
def test_what_would_break_the_statement_is_refused(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
