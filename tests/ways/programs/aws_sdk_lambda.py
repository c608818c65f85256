"""The newer AWS SDK for Python: aws-sdk-lambda."""

import asyncio
import os

from aws_sdk_lambda.client import AsyncLambdaClient
from aws_sdk_lambda.config import AsyncLambdaConfig
from aws_sdk_lambda.models import InvokeInput


async def main():
    config = await AsyncLambdaConfig.resolve(endpoint_uri=os.environ["AWS_ENDPOINT_URL"], region="eu-west-1")
    await AsyncLambdaClient(config=config).invoke(InvokeInput(function_name="other", payload=b"{}"))  # found here


asyncio.run(main())
