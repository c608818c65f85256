"""SQLAlchemy over psycopg 2."""

import os

import sqlalchemy

engine = sqlalchemy.create_engine(f"postgresql+psycopg2://tester:hunter2@127.0.0.1:{os.environ['PORT']}/postgres")
with engine.connect() as connection:  # found here
    connection.execute(sqlalchemy.text("select 1"))
