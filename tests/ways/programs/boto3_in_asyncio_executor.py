"""boto3 in asyncio's executor."""

import asyncio

import boto3


def work():
    boto3.client("lambda").invoke(FunctionName="other", Payload=b"{}")  # found here


asyncio.run(asyncio.to_thread(work))
