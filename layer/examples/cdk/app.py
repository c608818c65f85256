"""The layer attached with the AWS CDK: it observes in staging and enforces in production.

    make layer    (in the project's folder: writes dist/lambda-guard-layer.zip)
    pip install aws-cdk-lib
    npx aws-cdk deploy --app "python app.py" -c stage=staging -c issuer=https://... -c audience=...
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api_policies import api_function_policies
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from orders_policies import orders_function_policies

EXAMPLES = Path(__file__).resolve().parent.parent
LAYER_ZIP = EXAMPLES.parent.parent / "dist" / "lambda-guard-layer.zip"
GUARD_MODE = {"staging": "observe", "production": "enforce"}


class Shop(Stack):
    """Two functions of the shop, both guarded."""

    def __init__(self, scope: App, stage: str, issuer: str, audience: str) -> None:
        super().__init__(scope, f"shop-{stage}")
        self.guard_mode = GUARD_MODE[stage]
        self.guard = lambda_.LayerVersion(
            self,
            "LambdaGuard",
            code=lambda_.Code.from_asset(str(LAYER_ZIP)),
            compatible_runtimes=[
                lambda_.Runtime.PYTHON_3_11,
                lambda_.Runtime.PYTHON_3_12,
                lambda_.Runtime.PYTHON_3_13,
                lambda_.Runtime.PYTHON_3_14,
            ],
            compatible_architectures=[lambda_.Architecture.X86_64, lambda_.Architecture.ARM_64],
        )
        self.orders = self.table("Orders", "id")
        self.orders.add_global_secondary_index(
            index_name="by-customer",
            partition_key=dynamodb.Attribute(name="customer", type=dynamodb.AttributeType.STRING),
        )
        self.add_orders_function()
        self.add_api(issuer, audience)

    def table(self, name: str, key: str) -> Any:
        return dynamodb.Table(
            self,
            name,
            partition_key=dynamodb.Attribute(name=key, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        )

    def function(self, name: str, **environment: str) -> Any:
        return lambda_.Function(
            self,
            f"{name.title()}Function",
            code=lambda_.Code.from_asset(str(EXAMPLES / "shop" / name)),
            handler="app.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            memory_size=256,
            timeout=Duration.seconds(10),
            # These two settings are all that the guard needs; nothing in the functions changes.
            layers=[self.guard],
            environment={**environment, "LAMBDA_GUARD_MODE": self.guard_mode},
        )

    def add_orders_function(self) -> None:
        stock_levels = self.table("StockLevels", "sku")
        function = self.function(
            "orders", ORDERS_TABLE=self.orders.table_name, STOCK_LEVELS_TABLE=stock_levels.table_name
        )
        queue = sqs.Queue(self, "OrdersQueue", visibility_timeout=Duration.seconds(60))
        function.add_event_source(event_sources.SqsEventSource(queue, report_batch_item_failures=True))
        # What `lambda-guard suggest --format cdk-python` wrote from what the function was seen to do in staging, with a
        # --name for each table and queue; grant_read_write_data() would allow 14 actions on each table.
        policies = orders_function_policies(
            self,
            orders_arn=self.orders.table_arn,
            orders_queue_arn=queue.queue_arn,
            stock_levels_arn=stock_levels.table_arn,
        )
        self.allow(function, policies)

    def add_api(self, issuer: str, audience: str) -> None:
        function = self.function("api", ORDERS_TABLE=self.orders.table_name)
        self.allow(function, api_function_policies(self, orders_arn=self.orders.table_arn))
        tokens = authorizers.HttpJwtAuthorizer("Tokens", issuer, jwt_audience=[audience])
        api = apigateway.HttpApi(self, "Api", default_authorizer=tokens)
        integration = integrations.HttpLambdaIntegration("ApiIntegration", function)
        api.add_routes(path="/orders", methods=[apigateway.HttpMethod.GET], integration=integration)
        api.add_routes(
            path="/health",
            methods=[apigateway.HttpMethod.GET],
            integration=integration,
            authorizer=apigateway.HttpNoneAuthorizer(),
        )

    def allow(self, function: Any, policies: list[iam.ManagedPolicy]) -> None:
        for policy in policies:
            function.role.add_managed_policy(policy)


if __name__ == "__main__":
    app = App()
    context = {name: app.node.try_get_context(name) for name in ("stage", "issuer", "audience")}
    missing = [name for name, value in context.items() if not value]
    if missing or context["stage"] not in GUARD_MODE:
        raise SystemExit("Say -c stage=staging or production, and the issuer and audience of the tokens likewise.")
    Shop(app, **context)
    app.synth()
