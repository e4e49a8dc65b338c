"""A PostgreSQL server that processes of their own start and stop.

Where gRPC runs, a fork may crash the child before it becomes another program; to be spawned, it does without.

python -m tests.faults.apart FOLDER    starts a server in a folder, and leaves it running
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.postgres import Server

_END_S: Final = 30.0


class Apart(Server):
    """A server that is no child of this process."""

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [sys.executable, "-m", "tests.faults.apart", str(self.folder)]
        _, status = os.waitpid(os.posix_spawn(sys.executable, command, os.environ), 0)
        assert status == 0, (self.folder / "log").read_text()[-2000:]

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops it, and waits for its end."""
        running = self.folder / "data" / "postmaster.pid"
        if running.exists():
            os.kill(int(running.read_text().split()[0]), how)
        until = time.monotonic() + _END_S
        while running.exists():
            assert time.monotonic() < until, "PostgreSQL did not stop"
            time.sleep(0.02)


@contextmanager
def server_apart() -> Iterator[Apart]:
    """A server that tests may stop and kill."""
    with tempfile.TemporaryDirectory(prefix="exchange-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Apart(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


if __name__ == "__main__":
    _server = Server(Path(sys.argv[1]))
    if not (_server.folder / "data").exists():
        _server.create()
    _server.start()
