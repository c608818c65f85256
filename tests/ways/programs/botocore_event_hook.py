"""A botocore event hook that sends an invoke by itself, while another call is under way."""

import os
import urllib.request

import boto3


def hook(**_):
    url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
    urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="POST"), timeout=5).read()  # found here


client = boto3.client("dynamodb")
client.meta.events.register("before-send.dynamodb.*", hook)
client.list_tables()
