"""A presigned URL of Invoke, with httpx."""

import boto3
import httpx

url = boto3.client("lambda").generate_presigned_url("invoke", {"FunctionName": "other", "Payload": b"{}"})
httpx.post(url, content=b"{}", timeout=5)  # found here
