"""botocore past the patch: `BaseClient._make_api_call.__wrapped__`."""

import boto3
from botocore.client import BaseClient

method = BaseClient._make_api_call
while hasattr(method, "__wrapped__"):
    method = method.__wrapped__
method(boto3.client("lambda"), "Invoke", {"FunctionName": "other", "Payload": b"{}"})  # found here
