"""psycopg 3."""

import os

import psycopg

with psycopg.connect(f"host=127.0.0.1 port={os.environ['PORT']} user=tester password=hunter2 dbname=postgres") as connection:  # found here
    assert connection.execute("select 1").fetchone() == (1,)
