"""redis."""

import os

import redis

redis.Redis(port=int(os.environ["PORT"]), host="127.0.0.1").ping()
