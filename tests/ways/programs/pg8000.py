"""pg8000."""

import os

import pg8000.native

pg8000.native.Connection(  # found here
    "tester", host="127.0.0.1", port=int(os.environ["PORT"]), password="hunter2", database="postgres"
).close()
