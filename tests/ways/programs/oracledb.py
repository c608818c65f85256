"""oracledb, thin."""

import os

import oracledb

oracledb.connect(user="tester", password="hunter2", dsn=f"127.0.0.1:{os.environ['PORT']}/service", tcp_connect_timeout=2)  # found here
