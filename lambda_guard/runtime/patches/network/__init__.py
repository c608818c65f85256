"""How whatever else leaves the process over the network is seen: requests, look-ups, connections."""
