"""requests with requests-aws4auth."""

import os

import requests
from requests_aws4auth import AWS4Auth

url = os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions/other/invocations"
requests.post(url, data=b"{}", auth=AWS4Auth("AKIDEXAMPLE", "secret", "eu-west-1", "lambda"), timeout=5)  # found here
