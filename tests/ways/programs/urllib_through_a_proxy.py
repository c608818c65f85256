"""An endpoint of the Lambda API by its name, through an HTTP proxy."""

import os
import urllib.request

os.environ["http_proxy"] = os.environ["AWS_ENDPOINT_URL"]
url = "http://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/other/invocations"
urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="POST"), timeout=5).read()  # found here
