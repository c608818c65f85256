"""A driver that the guard does not know, on PostgreSQL's port."""

import socket

with socket.create_connection(("127.93.7.1", 5432), timeout=5) as sock:  # found here
    sock.sendall(b"\0\0\0\x08\x04\xd2\x16\x2f")
    sock.recv(1)
