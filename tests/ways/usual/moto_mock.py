"""moto in the function's own tests."""

import os

del os.environ["AWS_ENDPOINT_URL"]

import boto3
from moto import mock_aws

with mock_aws():
    client = boto3.client("sqs")
    client.send_message(QueueUrl=client.create_queue(QueueName="orders")["QueueUrl"], MessageBody="1")
    boto3.client("s3").list_buckets()
