"""A small disk of its own: a file system in memory, mounted where only those who are run `within` it see it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

_UNSHARE: Final = ("unshare", "--mount", "--propagation", "private")
_USER: Final = ("--user", "--map-root-user")  # whoever is not root is, in a name space of users of its own
_MOUNT: Final = 'mount -t tmpfs -o "size=$2" exchange "$1" && echo mounted && exec cat'


class SmallDisk:
    """Disk at a folder; `ballast` takes up room on it."""

    def __init__(self, folder: Path, holder: int, *, user: bool) -> None:
        self.within = (
            "nsenter",
            "--mount",
            *(("--user", "--preserve-credentials") if user else ()),
            f"--target={holder}",
        )
        self._seen = Path(f"/proc/{holder}/root{folder}")

    def fill(self, leave: int) -> None:
        """Takes up all the room but so many bytes."""
        with (self._seen / "ballast").open("wb") as file:
            free = os.statvfs(self._seen)
            os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - leave)

    def free(self) -> None:
        """Gives it back."""
        (self._seen / "ballast").unlink()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """Mounts it. Skips the test where neither root nor anybody else may."""
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("no disk can be filled here: util-linux (unshare, nsenter) is not installed")
    folder.mkdir()
    user = os.geteuid() != 0
    command = [*_UNSHARE, *(_USER if user else ()), "sh", "-c", _MOUNT, "sh", str(folder), size]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stderr is not None
        if holder.stdout.readline() != b"mounted\n":
            pytest.skip(f"no disk can be filled here: {holder.stderr.read().decode().strip()}")
        yield SmallDisk(folder, holder.pid, user=user)
        holder.stdin.close()
