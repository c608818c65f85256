"""valkey."""

import os

import valkey

valkey.Valkey(port=int(os.environ["PORT"]), host="127.0.0.1").ping()  # found here
