"""Sockets of the function's own: a server in a thread, a pair, UDP to a database's port, and a fork."""

import os
import socket
import threading

with socket.create_server(("127.0.0.1", 0)) as listener:
    thread = threading.Thread(target=lambda: listener.accept()[0].close())
    thread.start()
    socket.create_connection(listener.getsockname()).close()
    thread.join()
for one in socket.socketpair():
    one.close()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    udp.connect(("127.0.0.1", 6379))
with socket.socket(socket.AF_UNIX) as unix:
    try:
        unix.connect("/tmp/.s.PGSQL.5432.none")
    except OSError:
        pass
pid = os.fork()
if pid == 0:
    socket.socketpair()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
