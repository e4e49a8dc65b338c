"""A private PostgreSQL: initialised in a folder of its own, reached by a socket in it, gone with whoever made it."""

import asyncio
import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

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

    def __init__(self, folder: Path, **settings: str) -> None:
        """`settings` go beyond those that keep it small: `listen_addresses="127.0.0.1", port="5433"`."""
        found = binaries()
        assert found is not None
        self._binaries = found
        self.folder = folder
        self.within: tuple[str, ...] = ()
        """A command that runs it in surroundings of its own: on a slow disk, say."""
        self._settings = {**_SETTINGS, **settings}
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
        """PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return {"cwd": self.folder}
        user, group = _unprivileged()
        return {"cwd": self.folder, "user": user, "group": group, "extra_groups": []}

    def start(self) -> None:
        """Starts it and waits until it answers."""
        owner = self._as_owner()
        command: list[str | Path] = [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.folder]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        if self.within and "user" in owner:  # what it runs within is run as root, which alone may be able to
            user, group = owner.pop("user"), owner.pop("group")
            command = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *command]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self.within, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **owner,
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

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process is not None
        return self._process.pid

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


@contextmanager
def own_server(**settings: str) -> Iterator[Server]:
    """A server of one's own, which may be stopped and killed, and is gone afterwards with all that it kept."""
    with tempfile.TemporaryDirectory(prefix="exchange-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Server(folder, **settings)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
