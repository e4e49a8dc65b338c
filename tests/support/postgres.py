"""A private PostgreSQL: initialised in a folder of its own, reached by a socket in it, gone when nobody uses it.

python -m tests.support.postgres FOLDER    serve from it until nobody holds its lock, then remove it
"""

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import pytest

from tools.postgres import binaries
from tools.postgres_server import Server, own_server, run

__all__ = ["Server", "own_server", "require", "run", "shared_server"]
_START_S: Final = 30.0


def require() -> None:
    """Skips the test, and says why, where there is no PostgreSQL."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed (`python -m tools.postgres` says why): its engine is not tested")


@contextmanager
def shared_server() -> Iterator[Server]:
    """The one server of a test session, whose processes share it: whoever comes first starts it."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"exchange-postgres-{session}"
    with contextlib.ExitStack() as using:
        with _turn(folder):
            using.enter_context(_using(folder, fcntl.LOCK_SH))
            if not (folder / "ready").exists():
                # Nobody waits for it: it is to outlive this process where another still uses the server.
                command = [sys.executable, "-m", "tests.support.postgres", str(folder)]
                os.posix_spawn(sys.executable, command, os.environ, setsid=True)
                until = time.monotonic() + _START_S
                while not (folder / "ready").exists():
                    assert time.monotonic() < until, "PostgreSQL did not start"
                    time.sleep(0.02)
        yield Server(folder)


def _turn(folder: Path) -> IO[str]:
    """While it is open, nobody else starts to use a server, or ends it and removes its folder."""
    while True:
        folder.mkdir(mode=0o755, exist_ok=True)
        turn = (folder / "turn").open("a")
        fcntl.flock(turn, fcntl.LOCK_EX)
        if os.fstat(turn.fileno()).st_nlink:
            return turn
        turn.close()  # it was removed under us


@contextmanager
def _using(folder: Path, how: int) -> Iterator[None]:
    """The lock of those who use the server; the kernel lets go of it when a process ends, however it ends."""
    with (folder / "users").open("a") as users:
        fcntl.flock(users, how)
        yield


def _serve(folder: Path) -> None:
    server = Server(folder)
    server.create()
    server.start()
    (folder / "ready").touch()
    while True:
        with _using(folder, fcntl.LOCK_EX):  # waits until nobody uses it
            pass
        with (
            _turn(folder),
            contextlib.suppress(BlockingIOError),  # somebody came meanwhile
            _using(folder, fcntl.LOCK_EX | fcntl.LOCK_NB),
        ):
            server.stop()
            shutil.rmtree(folder)
            return


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
