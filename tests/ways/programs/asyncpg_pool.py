"""asyncpg's pool."""

import asyncio
import os

import asyncpg


async def main():
    url = f"postgresql://tester:hunter2@127.0.0.1:{os.environ['PORT']}/postgres"
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:  # found here
        await pool.fetch("select 1")


asyncio.run(main())
