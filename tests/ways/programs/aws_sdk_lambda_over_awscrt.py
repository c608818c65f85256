"""The newer AWS SDK for Python over awscrt."""

import asyncio
import os

from aws_sdk_lambda.client import AsyncLambdaClient
from aws_sdk_lambda.config import AsyncLambdaConfig
from aws_sdk_lambda.models import InvokeInput
from smithy_http.aio.crt import AWSCRTHTTPClient


async def main():
    config = await AsyncLambdaConfig.resolve(
        endpoint_uri=os.environ["AWS_ENDPOINT_URL"], region="eu-west-1", transport=AWSCRTHTTPClient()
    )
    await AsyncLambdaClient(config=config).invoke(InvokeInput(function_name="other", payload=b"{}"))  # found here


asyncio.run(main())
