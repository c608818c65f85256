"""DynamoDB with aiobotocore."""

import asyncio

from aiobotocore.session import get_session


async def main():
    session = get_session()
    async with session.create_client("dynamodb") as client:
        await client.get_item(TableName="orders", Key={"pk": {"S": "1"}})
    async with session.create_client("lambda") as client:
        await client.list_functions()


asyncio.run(main())
