"""A presigned URL of Invoke, with httpx's asynchronous client."""

import asyncio

import boto3
import httpx

url = boto3.client("lambda").generate_presigned_url("invoke", {"FunctionName": "other", "Payload": b"{}"})

async def main():
    async with httpx.AsyncClient() as client:
        await client.post(url, content=b"{}")  # found here


asyncio.run(main())
