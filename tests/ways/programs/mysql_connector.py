"""mysql-connector-python, its C implementation."""

import os

import mysql.connector

mysql.connector.connect(  # found here
    host="127.0.0.1", port=int(os.environ["PORT"]), user="tester", password="hunter2", use_pure=False
).close()
