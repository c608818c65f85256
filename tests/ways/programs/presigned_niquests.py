"""A presigned URL of Invoke, with niquests, whose urllib3-future takes urllib3's place."""

import boto3
import niquests

url = boto3.client("lambda").generate_presigned_url("invoke", {"FunctionName": "other", "Payload": b"{}"})
niquests.post(url, data=b"{}", timeout=5)  # found here
