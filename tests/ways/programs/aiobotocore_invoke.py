"""aiobotocore: `client.invoke`."""

import asyncio

from aiobotocore.session import get_session


async def main():
    async with get_session().create_client("lambda") as client:
        await client.invoke(FunctionName="other", Payload=b"{}")  # found here


asyncio.run(main())
