"""asyncpg."""

import asyncio
import os

import asyncpg


async def main():
    connection = await asyncpg.connect(f"postgresql://tester:hunter2@127.0.0.1:{os.environ['PORT']}/postgres")  # found here
    await connection.close()


asyncio.run(main())
