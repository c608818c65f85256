"""pyodbc."""

import os

import pyodbc

pyodbc.connect(f"DRIVER={{ODBC Driver 18 for SQL Server}};SERVER=tcp:127.0.0.1,{os.environ['PORT']};UID=tester;PWD=hunter2")
