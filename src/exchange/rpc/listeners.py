"""This process's sockets on a port, seen from outside gRPC, which has no way to stop listening and go on serving."""

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path


def stop_listening(port: int) -> None:
    """Takes no more connections on a port; those that are open stay. gRPC logs that its acceptor was closed."""
    for one in _sockets(port):
        if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            one.shutdown(socket.SHUT_RDWR)


def connections(port: int) -> int:
    """How many connections on a port are open."""
    return sum(not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) for one in _sockets(port))


def _sockets(port: int) -> Iterator[socket.socket]:
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # it was closed meanwhile
            if not stat.S_ISSOCK(file.stat().st_mode):
                continue
            with socket.socket(fileno=os.dup(int(file.name))) as one:
                internet = one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM
                if internet and one.getsockname()[1] == port:
                    yield one
