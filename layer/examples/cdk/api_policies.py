from aws_cdk import aws_iam as iam
from constructs import Construct


def api_function_policies(
    scope: Construct,
    orders_arn: str,
) -> list[iam.ManagedPolicy]:
    return [
        iam.ManagedPolicy(
            scope,
            "ApiFunctionUsed",
            statements=[
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
            ],
        ),
    ]
