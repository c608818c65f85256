"""curl by asyncio's subprocesses."""

import asyncio
import os


async def main():
    url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
    process = await asyncio.create_subprocess_exec("curl", "-s", "-o", "/dev/null", "-d", "{}", url)  # found here
    await process.wait()


asyncio.run(main())
