"""aiomysql."""

import asyncio
import os

import aiomysql


async def main():
    connection = await aiomysql.connect(  # found here
        host="127.0.0.1", port=int(os.environ["PORT"]), user="tester", password="hunter2"
    )
    connection.close()


asyncio.run(main())
