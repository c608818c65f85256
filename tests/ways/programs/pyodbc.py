"""pyodbc (unixODBC, with FreeTDS's driver)."""

import os

import pyodbc

port = os.environ["PORT"]
pyodbc.connect(f"DRIVER={{FreeTDS}};SERVER=127.0.0.1;PORT={port};UID=tester;PWD=hunter2;TDS_Version=7.4", timeout=2)  # found here
