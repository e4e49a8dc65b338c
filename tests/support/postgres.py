"""A private PostgreSQL: initialised in a folder of its own, reached by a socket in it, gone when nobody uses it.

python -m tests.support.postgres FOLDER    serve from it until nobody holds its lock, then remove it
"""

import asyncio
import contextlib
import fcntl
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import asyncpg
import pytest

from tools.postgres import binaries

_START_S: Final = 30.0
_SETTINGS: Final = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "max_parallel_workers_per_gather": "0",
    "deadlock_timeout": "200ms",
    "log_min_messages": "warning",
}


class Server:
    """One server over a folder. Durable as in production: fsync is on."""

    def __init__(self, folder: Path) -> None:
        found = binaries()
        assert found is not None
        self._binaries = found
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Makes the folder the server's own, and initialises a cluster in it."""
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, *_unprivileged())
        command: list[str | Path] = [
            self._binaries / "initdb",
            "-D",
            self.folder / "data",
            "-U",
            "exchange",
            "-A",
            "trust",
        ]
        command += ["-E", "UTF8", "--locale", "C.UTF-8", "--no-instructions"]
        subprocess.run(command, check=True, capture_output=True, **self._as_owner())

    def _as_owner(self) -> dict[str, Any]:
        """initdb and postgres refuse to run as root."""
        if os.geteuid() != 0:
            return {"cwd": self.folder}
        user, group = _unprivileged()
        return {"cwd": self.folder, "user": user, "group": group, "extra_groups": []}

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command: list[str | Path] = [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.folder]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **self._as_owner()
            )
        until = time.monotonic() + _START_S
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < until, "PostgreSQL did not start"
            time.sleep(0.02)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            run(self.url("postgres"), "SELECT 1")
            return True
        return False

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops it: SIGINT breaks off whatever is open, SIGQUIT is a crash that the next start recovers from."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(_START_S)

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops it and starts it again."""
        self.stop(how)
        self.start()

    def url(self, database: str) -> str:
        """Where a database is."""
        return f"postgresql://exchange@/{database}?host={self.folder}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh database, for as long as it is needed; answers with where it is."""
        name = f"test_{secrets.token_hex(8)}"
        run(self.url("postgres"), f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            run(self.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def _unprivileged() -> tuple[str, int]:
    """A user other than root, and its group."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return name, pwd.getpwnam(name).pw_gid
    raise LookupError("root needs a user `postgres` or `nobody` to run PostgreSQL as")


def run(url: str, statement: str) -> None:
    """Runs a statement, whether or not a loop runs in this thread."""

    async def run() -> None:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


def require() -> None:
    """Skips the test, and says why, where there is no PostgreSQL."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed (`python -m tools.postgres` says why): its engine is not tested")


@contextmanager
def own_server() -> Iterator[Server]:
    """A server for one test alone, which may stop and kill it."""
    with tempfile.TemporaryDirectory(prefix="exchange-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Server(folder)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


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
