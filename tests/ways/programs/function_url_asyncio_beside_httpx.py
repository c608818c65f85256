"""Another function's URL, with asyncio's streams in a function that uses httpx as well."""

import asyncio
import os

import httpx  # noqa: F401


async def main():
    url = "abc123.lambda-url.eu-west-1.on.aws"
    reader, writer = await asyncio.open_connection(url, int(os.environ["PORT"]))  # found here
    writer.write(f"GET / HTTP/1.1\r\nHost: {url}\r\n\r\n".encode())
    await reader.read(10)
    writer.close()


asyncio.run(main())
