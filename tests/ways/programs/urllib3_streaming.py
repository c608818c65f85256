"""InvokeWithResponseStream, with urllib3."""

import os

import urllib3

url = os.environ["AWS_ENDPOINT_URL"] + "/2021-11-15/functions/other/response-streaming-invocations"
urllib3.PoolManager(retries=False).request("POST", url, body=b"{}", timeout=5)  # found here
