"""Another function's URL, to which aiohttp is redirected."""

import asyncio
import os

import aiohttp
from aiohttp import web

URL = f"http://abc123.lambda-url.eu-west-1.on.aws:{os.environ['PORT']}/orders"


async def elsewhere(_request):
    raise web.HTTPFound(URL)


async def main():
    application = web.Application()
    application.router.add_get("/", elsewhere)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{runner.addresses[0][1]}/") as response:  # found here
                await response.read()
    finally:
        await runner.cleanup()


asyncio.run(main())
