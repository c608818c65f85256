"""pymemcache."""

import os

from pymemcache.client.base import Client

Client(("127.0.0.1", int(os.environ["PORT"])), timeout=5).version()  # found here
