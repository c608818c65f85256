"""Web APIs with urllib, requests, httpx and aiohttp."""

import asyncio
import os
import urllib.request

import aiohttp
import httpx
import requests

base = os.environ["AWS_ENDPOINT_URL"]
paths = (
    "/orders",
    "/v1/functions/other/invocations",
    "/2015-03-31/functions",
    "/orders?next=/2015-03-31/functions/other/invocations",
    "/hooks/abc.lambda-url.eu-west-1.on.aws",
)


async def main():
    async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
        for path in paths:
            await client.post(base + path, content=b"{}")
            async with session.post(base + path, data=b"{}") as response:
                await response.read()


for path in paths:
    urllib.request.urlopen(urllib.request.Request(base + path, data=b"{}"), timeout=5).read()
    requests.post(base + path, json={"url": "https://abc.lambda-url.eu-west-1.on.aws/"}, timeout=5)
    httpx.post(base + path, content=b"{}")
asyncio.run(main())
