"""cassandra-driver."""

import os

from cassandra.cluster import Cluster

Cluster(["127.0.0.1"], port=int(os.environ["PORT"]), connect_timeout=2, protocol_version=4).connect()  # found here
