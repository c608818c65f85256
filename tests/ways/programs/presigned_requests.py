"""A presigned URL of Invoke, with requests."""

import boto3
import requests

url = boto3.client("lambda").generate_presigned_url("invoke", {"FunctionName": "other", "Payload": b"{}"})
requests.post(url, data=b"{}", timeout=5)  # found here
