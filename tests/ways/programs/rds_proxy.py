"""psycopg 3 through RDS Proxy, which is what it is for."""

import os

import psycopg

psycopg.connect(
    host="orders.proxy-abc123.eu-west-1.rds.amazonaws.com",
    hostaddr="127.0.0.1",
    port=os.environ["PORT"],
    user="tester",
    password="hunter2",
    dbname="postgres",
).close()
