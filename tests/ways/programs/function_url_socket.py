"""Another function's URL, with a plain socket."""

import os
import socket

with socket.create_connection(("abc123.lambda-url.eu-west-1.on.aws", int(os.environ["PORT"])), timeout=5) as sock:  # found here
    sock.sendall(b"GET / HTTP/1.1\r\nHost: abc123.lambda-url.eu-west-1.on.aws\r\n\r\n")
    sock.recv(10)
