"""The aggregation in the dialect of Trino, which is the engine of Athena."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp

from lambda_guard.analysis.evidence import query


def aggregation(table: str, line: str = "line", where: str = "") -> str:
    """Return the whole aggregation over a table of log lines, as one query: a table is then scanned once.

    table: as SQL writes it. line: its column of text. where: a condition that limits partitions.
    """
    condition = f" WHERE {where}" if where else ""
    source = f'(SELECT "$path" AS file, {line} AS line FROM {table}{condition}) AS line'
    return translated(query.whole()).replace("FROM line\n", f"FROM {source}\n", 1)


def translated(text: str) -> str:
    """Return a query that is written in DuckDB's SQL in Trino's."""
    tree = sqlglot.parse_one(text, read="duckdb")
    for select in list(tree.find_all(exp.Select)):
        _joined(select)
    return tree.transform(_renamed).sql(dialect="trino", pretty=True)


def _joined(select: exp.Select) -> None:
    """Turn lists that are unrolled among the columns into a join, the only place where Trino unrolls lists."""
    columns = {column.alias: column.this for column in select.expressions if isinstance(column, exp.Alias)}
    unrolled = next((name for name, value in columns.items() if isinstance(value, exp.Unnest | exp.Explode)), None)
    if unrolled is None:
        return
    value: Any = columns[unrolled]
    values = value.expressions[0] if isinstance(value, exp.Unnest) else value.this
    places = [name for name, value in columns.items() if value.name.upper() == "GENERATE_SUBSCRIPTS"]
    names = [unrolled, *places]
    select.set(
        "expressions",
        [
            exp.column(f"{column.alias}_", table="unrolled").as_(column.alias) if column.alias in names else column
            for column in select.expressions
        ],
    )
    aliases = [exp.to_identifier(f"{name}_") for name in names]
    alias = exp.TableAlias(this=exp.to_identifier("unrolled"), columns=aliases)
    unnest = exp.Unnest(expressions=[values.copy()], alias=alias, offset=bool(places) or None)
    select.append("joins", exp.Join(this=unnest, kind="CROSS"))


def _renamed(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Contains | exp.ArrayContains):
        return exp.GT(this=exp.StrPosition(this=node.this, substr=node.expression), expression=exp.Literal.number(0))
    if isinstance(node, exp.RegexpReplace):  # Trino replaces all without being asked
        return exp.RegexpReplace(this=node.this, expression=node.expression, replacement=node.args["replacement"])
    if isinstance(node, exp.Anonymous) and node.name.lower() == "bits":
        return exp.Anonymous(this="bit_count", expressions=[*node.expressions, exp.Literal.number(64)])
    if isinstance(node, exp.Literal) and node.is_string and "\\1" in node.this:
        return exp.Literal.string(node.this.replace("\\1", "$1"))
    return node
