"""pymssql (FreeTDS)."""

import os

import pymssql

pymssql.connect(server="127.0.0.1", port=os.environ["PORT"], user="tester", password="hunter2", login_timeout=2)  # found here
