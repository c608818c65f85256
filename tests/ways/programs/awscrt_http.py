"""awscrt's HTTP client, as AWS's newer SDKs use it."""

import os

from awscrt.http import HttpClientConnection, HttpHeaders, HttpRequest
from awscrt.io import ClientBootstrap, DefaultHostResolver, EventLoopGroup

group = EventLoopGroup(1)
bootstrap = ClientBootstrap(group, DefaultHostResolver(group))
connection = HttpClientConnection.new("127.0.0.1", int(os.environ["PORT"]), bootstrap, None, None).result(5)
headers = HttpHeaders([("Host", "lambda.eu-west-1.amazonaws.com"), ("Content-Length", "0")])
stream = connection.request(HttpRequest("POST", "/2015-03-31/functions/other/invocations", headers))  # found here
stream.activate()
stream.completion_future.result(5)
