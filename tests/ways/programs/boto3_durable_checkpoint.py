"""A durable function's checkpoint that starts another function."""

import boto3

boto3.client("lambda").checkpoint_durable_execution(  # found here
    DurableExecutionArn="arn:aws:lambda:eu-west-1:123456789012:function:me:1/durable-execution/a/b",
    CheckpointToken="t",
    Updates=[{"Id": "1", "Type": "CHAINED_INVOKE", "Action": "START", "ChainedInvokeOptions": {"FunctionName": "other"}}],
)
