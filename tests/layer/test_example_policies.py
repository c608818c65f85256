"""The policies in the examples are what `lambda-guard suggest` writes from what the shop does in staging.

Where an example changes, run this file as a program: it prints what the command writes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lambda_guard.cli.suggest import suggest
from lambda_guard.runtime.usage import Usage

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "layer" / "examples"
ACCOUNT, REGION = "111122223333", "eu-west-1"


def record(function: str, usage: Usage) -> str:
    place = {"account": ACCOUNT, "region": REGION, "sandbox": function, "seq": 2, "mode": "observe"}
    body = {"v": 1, "kind": "usage", "function": function, "version": "7", **place, **usage.totals()}
    return json.dumps({"timestamp": "2026-11-01T10:00:00.000Z", "lambda_guard": body})


def staging(orders: str, stock: str, queue: str, functions: tuple[str, str]) -> list[str]:
    """Record the calls of the shop's functions, as they are in its code, on tables of these names."""
    by_customer = {"TableName": orders, "IndexName": "by-customer"}
    in_both = [{"Put": {"TableName": orders}}, {"Update": {"TableName": stock}}]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("GetItem", {"TableName": orders}),
        ("Query", by_customer),
        ("TransactWriteItems", {"TransactItems": in_both}),
        ("UpdateItem", {"TableName": orders}),
        ("ExecuteStatement", {"Statement": f'SELECT available FROM "{stock}" WHERE sku = ?'}),
    ]
    taking, answering = Usage(), Usage()
    for operation, params in calls:
        taking.attempt("dynamodb", operation, params, REGION, "aws")
    taking.event("sqs", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
    answering.attempt("dynamodb", "Query", by_customer, REGION, "aws")
    answering.event("apigw_http_v2", None)
    return [record(functions[0], taking), record(functions[1], answering)]


def command(records: Sequence[str], *arguments: str) -> str:
    """Return what the command writes to standard output."""
    result = CliRunner().invoke(suggest, ["-", *arguments], input="\n".join(records), catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def terraform() -> dict[str, str]:
    records = staging(
        "shop-orders-staging",
        "shop-stock-levels-staging",
        "shop-orders-staging",
        ("shop-orders-staging", "shop-api-staging"),
    )
    found = {}
    for name, more in (("orders", ["shop-stock-levels-staging=aws_dynamodb_table.stock_levels"]), ("api", [])):
        if name == "orders":
            more.append("sqs:shop-orders-staging=aws_sqs_queue.orders")
        names = [
            "dynamodb:shop-orders-staging=aws_dynamodb_table.orders",
            f'{name}=aws_iam_role.function["{name}"]',
            *more,
        ]
        options = [part for each in names for part in ("--name", each)]
        function = f"shop-{name}-staging"
        found[name] = command(
            records,
            "--function",
            function,
            "--role",
            f"{function}={name}",
            "--format",
            "terraform",
            "--attach",
            *options,
        )
    return found


# What CloudFormation calls the resources of a stack.
DEPLOYED = ("shop-Orders-1A2B", "shop-StockLevels-3C4D", "shop-OrdersQueue-5E6F")
LOGICAL = ("Orders", "StockLevels", "OrdersQueue")


def named(*used: str) -> list[str]:
    pairs = zip(DEPLOYED, LOGICAL, strict=True)
    return [part for deployed, name in pairs if name in used for part in ("--name", f"{deployed}={name}")]


def of_stack(function: str, format: str, *used: str) -> str:
    records = staging(*DEPLOYED, ("OrdersFunction", "ApiFunction"))
    return command(records, "--function", function, "--format", format, *named(*used))


def serverless() -> str:
    records = staging(*DEPLOYED, ("OrdersFunction", "ApiFunction"))
    return command(records, "--role", "shop", "--format", "sam", *named(*LOGICAL))


def cdk() -> dict[str, str]:
    return {
        "orders": of_stack("OrdersFunction", "cdk-python", *LOGICAL),
        "api": of_stack("ApiFunction", "cdk-python", "Orders"),
    }


def policies_of(text: str) -> str:
    """Return the policies of a function in SAM's YAML, as they stand in it."""
    return text[text.index("      Policies:\n") :]


@pytest.mark.parametrize("name", ["orders", "api"])
def test_the_terraform_example_has_what_the_command_writes(name: str) -> None:
    assert (EXAMPLES / "terraform" / f"{name}.tf").read_text() == terraform()[name]


@pytest.mark.parametrize(("function", "used"), [("OrdersFunction", LOGICAL), ("ApiFunction", ("Orders",))])
def test_the_sam_example_has_what_the_command_writes(function: str, used: tuple[str, ...]) -> None:
    template = (EXAMPLES / "sam" / "template.yaml").read_text()
    written = policies_of(of_stack(function, "sam", *used))
    of_function = template[template.index(f"  {function}:\n") :]
    assert written in of_function
    assert of_function.index(written) == of_function.index("      Policies:\n")


@pytest.mark.parametrize("name", ["orders", "api"])
def test_the_cdk_example_has_what_the_command_writes(name: str) -> None:
    assert (EXAMPLES / "cdk" / f"{name}_policies.py").read_text() == cdk()[name]


def test_the_serverless_example_has_the_statements_that_the_command_writes() -> None:
    yaml = pytest.importorskip("yaml")
    found = yaml.safe_load(without_tags())
    written = yaml.safe_load(serverless())
    (policy,) = written["Resources"]["Shop"]["Properties"]["Policies"]
    assert found["provider"]["iam"]["role"]["statements"] == policy["Statement"]


def without_tags() -> str:
    """Return the file without CloudFormation's short forms, none of which stands in the statements."""
    return (EXAMPLES / "serverless.yml").read_text().replace("!Ref ", "").replace("!GetAtt ", "")


if __name__ == "__main__":
    for text in (*terraform().values(), of_stack("OrdersFunction", "sam", *LOGICAL), serverless(), *cdk().values()):
        sys.stdout.write(text + "\n")
    sys.stdout.write(of_stack("ApiFunction", "sam", "Orders"))
