"""System calls of a process, failed or held up by the kernel at a test's word.

python -m tests.faults.kernel NAME COMMAND…    runs the command, after handing whoever listens at NAME the say over it

A seccomp filter (seccomp_unotify(2)) has the kernel ask the test before it flushes a file: the call goes on, goes on
later, or fails with an error number as that of a broken disk does. It needs neither root nor a compiler.
"""

import array
import contextlib
import ctypes
import errno
import fcntl
import os
import platform
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

_CALLS: Final = {"x86_64": (0xC000003E, 317, (74, 75)), "aarch64": (0xC00000B7, 277, (82, 83))}
"""By machine: how audit knows it, and the numbers of seccomp, and of fsync and fdatasync."""
_SECCOMP: Final = Path("/proc/sys/kernel/seccomp/actions_avail")
_NO_NEW_PRIVILEGES: Final = 38
_SET_FILTER, _NEW_LISTENER = 1, 1 << 3
_ALLOW, _ASK = 0x7FFF0000, 0x7FC00000
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_GO_ON: Final = 1


class Flushes:
    """What becomes of the flushes (fsync, fdatasync) of a process and its threads."""

    def __init__(self) -> None:
        self.within: tuple[str, ...] = ()
        """The command that runs another under it."""
        self.asked = 0
        self.failed = 0
        self._error = 0
        self._free = threading.Event()
        self._free.set()

    def fail(self, error: int = errno.EIO) -> None:
        """From now on each fails."""
        self._error = error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile none of them ends."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def mend(self) -> None:
        """They do what they should again."""
        self._error = 0

    def serve(self, waiting: socket.socket) -> None:
        """Answers the kernel for each process that is run under it, one after the other, until the socket is closed."""
        with contextlib.suppress(OSError):
            while True:
                peer, _ = waiting.accept()
                with peer:
                    (listener,) = _received(peer)
                try:
                    self._answer(listener)
                finally:
                    os.close(listener)

    def _answer(self, listener: int) -> None:
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        while True:
            ((_, event),) = poll.poll()
            if not event & select.POLLIN:
                return  # the process has ended
            with contextlib.suppress(FileNotFoundError):  # the thread that called has ended
                question = bytearray(80)
                fcntl.ioctl(listener, _RECEIVE, question)
                self.asked += 1
                self._free.wait()
                error = self._error
                self.failed += bool(error)
                id_ = question[:8]
                fcntl.ioctl(listener, _SEND, id_ + struct.pack("=qiI", 0, -error, 0 if error else _GO_ON))


def _received(peer: socket.socket) -> "array.array[int]":
    found: array.array[int] = array.array("i")
    _, ancillary, _, _ = peer.recvmsg(1, socket.CMSG_LEN(found.itemsize))
    found.frombytes(ancillary[0][2])
    return found


@contextmanager
def flushes() -> Iterator[Flushes]:
    """The say over the flushes of whatever is run `within` it. Skips the test where the kernel will not be asked."""
    if platform.machine() not in _CALLS or not _SECCOMP.exists():
        pytest.skip("flushes cannot be made to fail here: the kernel has no seccomp filters of user space")
    name = f"exchange-faults-{os.getpid()}-{time.monotonic_ns()}"
    said = Flushes()
    said.within = (sys.executable, "-m", "tests.faults.kernel", name)
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(f"\0{name}")
        waiting.listen()
        serving = threading.Thread(target=said.serve, args=(waiting,), daemon=True)
        serving.start()
        try:
            probe = subprocess.run([*said.within, "true"], check=False, capture_output=True, text=True)
            if probe.returncode:
                pytest.skip(f"flushes cannot be made to fail here: {probe.stderr.strip().splitlines()[-1]}")
            yield said
        finally:
            said.mend()
            waiting.shutdown(socket.SHUT_RDWR)
            serving.join(10)


def _filter() -> int:
    """Has the kernel ask before each flush of this process; answers with the descriptor that it asks at."""
    audited, seccomp, asked = _CALLS[platform.machine()]
    program = [
        (_LOAD, 0, 0, 4),
        (_IF_EQUAL, 0, len(asked) + 1, audited),
        (_LOAD, 0, 0, 0),
        *((_IF_EQUAL, len(asked) - place, 0, number) for place, number in enumerate(asked)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ASK),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    filter_ = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    listener = int(libc.syscall(seccomp, _SET_FILTER, _NEW_LISTENER, filter_))
    if listener < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return listener


def _run(name: str, command: list[str]) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(f"\0{name}")
        listener = array.array("i", [_filter()])
        peer.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, listener)])
    os.close(listener[0])
    os.execvp(command[0], command)  # noqa: S606 - in place of this process, under its filter


if __name__ == "__main__":
    _run(sys.argv[1], sys.argv[2:])
