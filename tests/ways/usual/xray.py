"""The X-Ray SDK, which patches botocore, requests and httplib and sends over UDP."""

import os

os.environ["AWS_XRAY_CONTEXT_MISSING"] = "IGNORE_ERROR"

import boto3
import requests
from aws_xray_sdk.core import patch_all, xray_recorder

patch_all()
with xray_recorder.in_segment("handler"):
    boto3.client("dynamodb").get_item(TableName="orders", Key={"pk": {"S": "1"}})
    boto3.client("lambda").list_functions()
    requests.get(os.environ["AWS_ENDPOINT_URL"] + "/orders", timeout=5)
