"""Another function's URL, with httpx."""

import os

import httpx

httpx.get(f"http://abc123.lambda-url.eu-west-1.on.aws:{os.environ['PORT']}/orders", timeout=5)  # found here
