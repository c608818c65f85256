"""boto3: `client("lambda").invoke_async`."""

import boto3

boto3.client("lambda").invoke_async(FunctionName="other", InvokeArgs=b"{}")  # found here
