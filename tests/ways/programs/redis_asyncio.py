"""redis with asyncio."""

import asyncio
import os

import redis.asyncio


async def main():
    client = redis.asyncio.Redis(port=int(os.environ["PORT"]), host="127.0.0.1")
    await client.ping()
    await client.aclose()


asyncio.run(main())
