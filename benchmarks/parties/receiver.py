"""A receiver of webhooks: `python -m benchmarks.parties.receiver [--after-ms N]`. It answers 204, notes when each came.

`GET /taken` tells what came since it was last asked. Signatures are not checked: that is the receiver's cost.
"""

import argparse
import asyncio
import time
from datetime import datetime

import msgspec
import uvloop

from benchmarks.harness import http


class Taken(msgspec.Struct):
    """What came."""

    count: int = 0
    latencies_ms: list[float] = []
    """From each event's own time to its receipt."""
    sample: str = ""
    """The last body."""


class _Event(msgspec.Struct):
    timestamp: str


_read = msgspec.json.Decoder(_Event).decode
_TAKEN = http.response("204 No Content")


class Receiver:
    """What one process received."""

    def __init__(self) -> None:
        self._taken = Taken()

    def answer(self, path: str, body: bytes) -> bytes:
        """Takes a webhook, or tells what was taken."""
        if path == "/taken":
            taken, self._taken = self._taken, Taken()
            return http.response("200 OK", msgspec.json.encode(taken))
        happened_s = datetime.fromisoformat(_read(body).timestamp).timestamp()
        self._taken.count += 1
        self._taken.latencies_ms.append((time.time() - happened_s) * 1_000)
        self._taken.sample = body.decode()
        return _TAKEN


async def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--after-ms", type=int, default=0, help="waits so long before each answer")
    server = await http.serve(Receiver().answer, parser.parse_args().after_ms / 1_000)
    print(f'{{"port": {http.port_of(server)}}}', flush=True)
    await asyncio.Event().wait()


async def taken(port: int) -> Taken:
    """Asks the receiver at a port."""
    return msgspec.json.decode(await http.fetch(port, "/taken"), type=Taken)


if __name__ == "__main__":
    uvloop.run(main())
