"""pymongo with asyncio."""

import asyncio
import os

import pymongo


async def main():
    url = f"mongodb://tester:hunter2@127.0.0.1:{os.environ['PORT']}/admin"
    client = pymongo.AsyncMongoClient(url, serverSelectionTimeoutMS=300)
    try:
        await client.admin.command("ping")  # found here
    finally:
        await client.close()


asyncio.run(main())
