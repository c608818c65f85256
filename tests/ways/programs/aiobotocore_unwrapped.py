"""aiobotocore past the patch: `AioBaseClient._make_api_call.__wrapped__`."""

import asyncio

from aiobotocore.client import AioBaseClient
from aiobotocore.session import get_session


async def main():
    async with get_session().create_client("lambda") as client:
        method = getattr(AioBaseClient._make_api_call, "__wrapped__", AioBaseClient._make_api_call)
        await method(client, "Invoke", {"FunctionName": "other", "Payload": b"{}"})  # found here


asyncio.run(main())
