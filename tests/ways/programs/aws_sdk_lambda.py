"""The newer AWS SDK for Python: aws-sdk-lambda."""

import asyncio
import os

from aws_sdk_lambda.client import LambdaClient
from aws_sdk_lambda.config import Config
from aws_sdk_lambda.models import InvokeInput
from smithy_aws_core.identity import EnvironmentCredentialsResolver


async def main():
    config = Config(
        endpoint_uri=os.environ["AWS_ENDPOINT_URL"],
        region="eu-west-1",
        aws_credentials_identity_resolver=EnvironmentCredentialsResolver(),
    )
    await LambdaClient(config=config).invoke(InvokeInput(function_name="other", payload=b"{}"))


asyncio.run(main())
