"""psycopg 2, whose C code checks the types that it is given."""

import os

import psycopg2
import psycopg2.extensions

connection = psycopg2.connect(  # found here
    host="127.0.0.1", port=os.environ["PORT"], user="tester", password="hunter2", dbname="postgres"
)
psycopg2.extensions.register_type(psycopg2.extensions.UNICODE, connection)
assert type(connection) is psycopg2.extensions.connection
connection.close()
