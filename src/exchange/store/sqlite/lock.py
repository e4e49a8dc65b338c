"""One process at a time has an embedded store: a lock on a file beside it."""

import fcntl
import os
from pathlib import Path

from exchange.domain.errors import StoreError


def hold(path: Path) -> int:
    """Holds the store for this process; the kernel lets go when the process ends, however it ends.

    Answers with a descriptor, which lets go when it is closed. Raises StoreError while another process holds it.
    """
    lock = path.with_suffix(".lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreError(f"{lock}: another core has this store open") from None
    return descriptor
