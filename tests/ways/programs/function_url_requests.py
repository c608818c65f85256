"""Another function's URL, with requests."""

import os

import requests

requests.get(f"http://abc123.lambda-url.eu-west-1.on.aws:{os.environ['PORT']}/orders", timeout=5)  # found here
