"""boto3: `client("lambda").invoke`."""

import boto3

boto3.client("lambda").invoke(FunctionName="other", Payload=b"{}")  # found here
