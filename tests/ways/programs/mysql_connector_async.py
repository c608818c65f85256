"""mysql-connector-python with asyncio."""

import asyncio
import os

import mysql.connector.aio


async def main():
    connection = await mysql.connector.aio.connect(  # found here
        host="127.0.0.1", port=int(os.environ["PORT"]), user="tester", password="hunter2", ssl_disabled=True
    )
    await connection.close()


asyncio.run(main())
