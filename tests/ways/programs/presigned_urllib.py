"""A presigned URL of Invoke, with urllib."""

import urllib.request

import boto3

url = boto3.client("lambda").generate_presigned_url("invoke", {"FunctionName": "other", "Payload": b"{}"})

urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="POST"), timeout=5).read()  # found here
