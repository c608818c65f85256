"""Another function's URL, with asyncio's streams."""

import asyncio
import os


async def main():
    reader, writer = await asyncio.open_connection("abc123.lambda-url.eu-west-1.on.aws", int(os.environ["PORT"]))  # found here
    writer.write(b"GET / HTTP/1.1\r\nHost: abc123.lambda-url.eu-west-1.on.aws\r\n\r\n")
    await reader.read(10)
    writer.close()


asyncio.run(main())
