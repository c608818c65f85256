"""What recording one call costs, in microseconds: `python benchmarks/bench_usage.py`.

Budgets: 2 for a call on one table, 10 for a PartiQL statement seen before, and no growth with the number of
tables. Each number is the best of several rounds; the SDK's own work on a call is about 310.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from timeit import repeat
from typing import Any

from lambda_guard.runtime.services import partiql
from lambda_guard.runtime.services.dynamodb import touched
from lambda_guard.runtime.usage import LIMIT, Usage

BUDGETS = {"GetItem": 2.0, "Query on an index": 2.0, "PartiQL, seen before": 10.0}


def microseconds(work: Callable[[], Any], number: int = 20_000) -> float:
    return min(repeat(work, number=number, repeat=7)) / number * 1e6


def recording(usage: Usage, operation: str, params: dict[str, Any]) -> Callable[[], Any]:
    return lambda: usage.attempt("dynamodb", operation, params, "eu-west-1", "aws", True)


def transaction(items: int, tables: int = 5) -> dict[str, Any]:
    key = {"pk": {"S": "1"}}
    return {"TransactItems": [{"Delete": {"TableName": f"t{n % tables}", "Key": key}} for n in range(items)]}


def used(tables: int) -> Usage:
    usage = Usage()
    for number in range(tables):
        recording(usage, "GetItem", {"TableName": f"table-{number}"})()
    return usage


def main() -> None:
    get = {"TableName": "orders", "Key": {"pk": {"S": "1"}}}
    query = {"TableName": "orders", "IndexName": "by-date", "KeyConditionExpression": "pk = :p"}
    statement = {"Statement": 'SELECT * FROM "orders"."by-date" WHERE "pk" = ? AND begins_with("sk", ?)'}
    fresh = itertools.count()
    other = Usage()

    def new_statement() -> None:
        text = f'SELECT * FROM "orders" WHERE "pk" = \'{next(fresh)}\' AND "sk" = \'x\''
        touched("ExecuteStatement", {"Statement": text})

    results = {
        "GetItem, extraction alone": microseconds(lambda: touched("GetItem", get)),
        "GetItem": microseconds(recording(Usage(), "GetItem", get)),
        "Query on an index": microseconds(recording(Usage(), "Query", query)),
        "another service": microseconds(lambda: other.attempt("s3", "PutObject", {}, "eu-west-1", "aws", True)),
        **{
            f"TransactWriteItems, {items} items": microseconds(
                recording(Usage(), "TransactWriteItems", transaction(items)), 2_000
            )
            for items in (1, 10, 100)
        },
        "PartiQL, seen before": microseconds(recording(Usage(), "ExecuteStatement", statement)),
        "PartiQL, new": microseconds(new_statement),
        **{f"GetItem after {tables:,} tables": table_cost(tables) for tables in (1, LIMIT - 1, 10_000)},
        f"totals of {LIMIT:,} tables": microseconds(used(LIMIT).totals, 20),
    }
    partiql._cache.clear()
    for name, cost in results.items():
        budget = BUDGETS.get(name)
        verdict = "" if budget is None else f"  budget {budget:g}: {'held' if cost <= budget else 'MISSED'}"
        print(f"{name:<32}{cost:>10.2f}{verdict}")


def table_cost(tables: int) -> float:
    """Cost of a call on a table that is known, in the middle of all; past the bound, of one that is dropped."""
    name = f"table-{tables // 2}"
    return microseconds(recording(used(tables), "GetItem", {"TableName": name}))


if __name__ == "__main__":
    main()
