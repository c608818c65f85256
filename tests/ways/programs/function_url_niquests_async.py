"""Another function's URL, with niquests's asynchronous client."""

import asyncio
import os

import niquests


async def main():
    url = f"http://abc123.lambda-url.eu-west-1.on.aws:{os.environ['PORT']}/orders"
    async with niquests.AsyncSession() as session:
        await session.get(url, timeout=5)  # found here


asyncio.run(main())
