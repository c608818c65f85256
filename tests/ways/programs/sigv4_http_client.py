"""A request signed by hand, with http.client."""

import http.client
import os
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

endpoint = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aother/invocations?Qualifier=live"
request = AWSRequest("POST", os.environ["AWS_ENDPOINT_URL"] + path, data=b"{}")
SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "lambda", "eu-west-1").add_auth(request)
connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port, timeout=5)
connection.request("POST", path, b"{}", dict(request.headers))  # found here
connection.getresponse().read()
