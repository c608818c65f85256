"""mysql-connector-python with asyncio."""

import asyncio
import os

import mysql.connector.aio


async def main():
    connection = await mysql.connector.aio.connect(
        host="127.0.0.1", port=int(os.environ["PORT"]), user="tester", password="hunter2"
    )
    await connection.close()


asyncio.run(main())
