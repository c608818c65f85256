from aws_cdk import aws_iam as iam
from constructs import Construct


def orders_function_policies(
    scope: Construct,
    orders_arn: str,
    orders_queue_arn: str,
    stock_levels_arn: str,
) -> list[iam.ManagedPolicy]:
    return [
        iam.ManagedPolicy(
            scope,
            "OrdersFunctionUsed",
            statements=[
                iam.PolicyStatement(
                    sid="DynamodbTableOrders",
                    effect=iam.Effect.ALLOW,
                    actions=[
                        "dynamodb:GetItem",
                        "dynamodb:PutItem",
                        "dynamodb:UpdateItem",
                    ],
                    resources=[
                        orders_arn,
                    ],
                ),
                iam.PolicyStatement(
                    sid="DynamodbTableOrdersIndexByCustomer",
                    effect=iam.Effect.ALLOW,
                    actions=[
                        "dynamodb:Query",
                    ],
                    resources=[
                        f"{orders_arn}/index/by-customer",
                    ],
                ),
                iam.PolicyStatement(
                    sid="DynamodbTableStockLevels",
                    effect=iam.Effect.ALLOW,
                    actions=[
                        "dynamodb:PartiQLSelect",
                        "dynamodb:UpdateItem",
                    ],
                    resources=[
                        stock_levels_arn,
                    ],
                ),
                iam.PolicyStatement(
                    sid="SqsOrdersQueue",
                    effect=iam.Effect.ALLOW,
                    actions=[
                        "sqs:DeleteMessage",
                        "sqs:GetQueueAttributes",
                        "sqs:ReceiveMessage",
                    ],
                    resources=[
                        orders_queue_arn,
                    ],
                ),
            ],
        ),
    ]
