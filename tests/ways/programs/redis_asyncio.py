"""redis with asyncio."""

import asyncio
import os

import redis.asyncio
import redis.asyncio.retry
from redis.backoff import NoBackoff


async def main():
    client = redis.asyncio.Redis(port=int(os.environ["PORT"]), host="127.0.0.1", retry=redis.asyncio.retry.Retry(NoBackoff(), 2))
    await client.ping()  # found here
    await client.aclose()


asyncio.run(main())
