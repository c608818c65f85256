"""SQLAlchemy over pymysql."""

import os

import sqlalchemy

engine = sqlalchemy.create_engine(f"mysql+pymysql://tester:hunter2@127.0.0.1:{os.environ['PORT']}/mysql")
with engine.connect() as connection:  # found here
    connection.execute(sqlalchemy.text("select 1"))
