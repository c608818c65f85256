"""`lambda-guard athena-ddl`: the table over exported logs that `athena:DATABASE.TABLE` reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

_PLACE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9!_.*()/=$+,@:-]*)?")
_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*")
_EXPORT = re.compile(r"[A-Za-z0-9-]+")

# One column: the delimiter is a control character, which JSON cannot contain.
_DDL = """CREATE EXTERNAL TABLE IF NOT EXISTS {table} (line string)
{partition}ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\001'
STORED AS TEXTFILE
LOCATION '{place}'
TBLPROPERTIES (
  {properties}
);
"""
_DAYS = (
    ("projection.enabled", "true"),
    ("projection.day.type", "date"),
    ("projection.day.format", "yyyy/MM/dd"),
    ("projection.day.range", "NOW-{keep}DAYS,NOW"),
    ("projection.day.interval", "1"),
    ("projection.day.interval.unit", "DAYS"),
    ("storage.location.template", "{place}${{day}}/"),
)
_EXPORTS = (
    ("projection.enabled", "true"),
    ("projection.export.type", "enum"),
    ("projection.export.values", "{exports}"),
    ("storage.location.template", "{place}${{export}}/"),
)


@click.command("athena-ddl")
@click.argument("place", metavar="S3://BUCKET/PREFIX")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["firehose", "cloudwatch"]),
    default="firehose",
    show_default=True,
    help="firehose: folders by day, YYYY/MM/DD, its default. cloudwatch: what export tasks write.",
)
@click.option("--table", default="default.lambda_guard_logs", show_default=True, metavar="DATABASE.TABLE")
@click.option("--keep", type=click.IntRange(1), default=400, show_default=True, help="How many days there are at most.")
@click.option("--export", "exports", multiple=True, metavar="ID", help="An export task of CloudWatch; repeatable.")
def athena_ddl(place: str, origin: str, table: str, keep: int, exports: Sequence[str]) -> None:
    """Print the statement that makes a table of exported logs, to be run in Athena once.

    Partitions are projected: none has to be added as logs arrive, and only the days that are asked for are read.
    Firehose must write a line for each log event: switch decompression and message extraction on in its settings.
    Then `athena:DATABASE.TABLE` is evidence for the other commands.
    """
    for text, pattern, what in (
        (place, _PLACE, "a place in S3, as s3://bucket/prefix/"),
        (table, _TABLE, "a table, as DATABASE.TABLE"),
        *((export, _EXPORT, "the id of an export task") for export in exports),
    ):
        if not pattern.fullmatch(text):
            raise click.BadParameter(f"{text!r} is not {what}")
    if exports and origin == "firehose":
        raise click.BadParameter("--export is for --from cloudwatch")
    place = place.rstrip("/") + "/"
    column, projection = ("day", _DAYS) if origin == "firehose" else ("export", _EXPORTS if exports else ())
    properties = [
        f"'{name}' = '{value.format(place=place, keep=keep, exports=','.join(exports))}'" for name, value in projection
    ]
    click.echo(
        _DDL.format(
            table=table,
            partition=f"PARTITIONED BY ({column} string)\n" if projection else "",
            place=place,
            properties=",\n  ".join(properties or ["'EXTERNAL' = 'TRUE'"]),
        ),
        nl=False,
    )
