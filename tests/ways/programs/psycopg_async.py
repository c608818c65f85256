"""psycopg 3 with asyncio."""

import asyncio
import os

import psycopg


async def main():
    connection = await psycopg.AsyncConnection.connect(  # found here
        host="127.0.0.1", port=os.environ["PORT"], user="tester", password="hunter2", dbname="postgres"
    )
    await connection.close()


asyncio.run(main())
