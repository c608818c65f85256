"""botocore past the patch: `BaseClient._make_api_call.__wrapped__`."""

import boto3
from botocore.client import BaseClient

method = BaseClient._make_api_call
while "wrapt" in type(method).__module__ or hasattr(method, "_self_wrapper"):
    method = method.__wrapped__
method(boto3.client("lambda"), "Invoke", {"FunctionName": "other", "Payload": b"{}"})
