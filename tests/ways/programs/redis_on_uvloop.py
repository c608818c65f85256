"""redis on uvloop."""

import asyncio
import os

import redis.asyncio
import uvloop


async def main():
    client = redis.asyncio.Redis(port=int(os.environ["PORT"]), host="127.0.0.1")
    await client.ping()  # found here
    await client.aclose()


with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
