"""A durable checkpoint that starts another function, through `Endpoint.make_request`."""

import boto3

client = boto3.client("lambda")
params = {
    "DurableExecutionArn": "arn:aws:lambda:eu-west-1:123456789012:function:me:1/durable-execution/a/b",
    "CheckpointToken": "t",
    "Updates": [
        {"Id": "1", "Type": "CHAINED_INVOKE", "Action": "START", "ChainedInvokeOptions": {"FunctionName": "other"}}
    ],
}
type(client)._make_api_call.__wrapped__(client, "CheckpointDurableExecution", params)  # found here
