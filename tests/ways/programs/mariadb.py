"""MariaDB's own connector."""

import os

import mariadb

mariadb.connect(host="127.0.0.1", port=int(os.environ["PORT"]), user="tester", password="hunter2").close()  # found here
