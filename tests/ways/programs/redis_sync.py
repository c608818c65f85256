"""redis."""

import os

import redis
import redis.retry
from redis.backoff import NoBackoff

redis.Redis(port=int(os.environ["PORT"]), host="127.0.0.1", retry=redis.retry.Retry(NoBackoff(), 2)).ping()  # found here
