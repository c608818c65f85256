"""A URL that is checked before it is used, and objects of S3 with paths like those of the Lambda API."""

import os
import socket
import urllib.request

import boto3
from botocore.config import Config

assert socket.getaddrinfo("abc123.lambda-url.eu-west-1.on.aws", 443)
assert socket.getaddrinfo(b"lambda.eu-west-1.amazonaws.com", 443)

os.environ["http_proxy"] = os.environ["AWS_ENDPOINT_URL"]
s3 = boto3.client("s3", config=Config(ignore_configured_endpoint_urls=True))
parameters = {"Bucket": "orders", "Key": "2015-03-31/functions/other/invocations"}
url = s3.generate_presigned_url("create_multipart_upload", parameters).replace("https:", "http:")
urllib.request.urlopen(urllib.request.Request(url, data=b"", method="POST"), timeout=5).read()
