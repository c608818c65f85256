"""Another function's URL, with urllib."""

import os
import urllib.request

urllib.request.urlopen(f"http://abc123.lambda-url.eu-west-1.on.aws:{os.environ['PORT']}/orders", timeout=5).read()  # found here
