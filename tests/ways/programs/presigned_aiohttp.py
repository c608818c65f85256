"""A presigned URL of Invoke, with aiohttp."""

import asyncio

import aiohttp
import boto3

url = boto3.client("lambda").generate_presigned_url("invoke", {"FunctionName": "other", "Payload": b"{}"})


async def main():
    async with aiohttp.ClientSession() as session, session.post(url, data=b"{}") as response:  # found here
        await response.read()


asyncio.run(main())
