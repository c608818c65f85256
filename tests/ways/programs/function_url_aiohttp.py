"""Another function's URL, with aiohttp."""

import asyncio
import os

import aiohttp


async def main():
    url = f"http://abc123.lambda-url.eu-west-1.on.aws:{os.environ['PORT']}/orders"
    async with aiohttp.ClientSession() as session, session.get(url) as response:  # found here
        await response.read()


asyncio.run(main())
