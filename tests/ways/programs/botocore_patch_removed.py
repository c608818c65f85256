"""A library that puts botocore's own method back."""

import boto3
from botocore.client import BaseClient

method = BaseClient._make_api_call
while hasattr(method, "__wrapped__"):
    method = method.__wrapped__
BaseClient._make_api_call = method
boto3.client("lambda").invoke(FunctionName="other", Payload=b"{}")  # found here
