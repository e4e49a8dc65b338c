"""`python -m adapters.webhooks`: settings as in `adapters.common.process`, `adapters.common.egress`, `.mail`."""

import asyncio
import resource
from typing import Final

from adapters.common import cores, egress
from adapters.common.balanced import Balanced
from adapters.common.process import ready, run, setting
from adapters.webhooks import mail
from adapters.webhooks.dispatcher import Dispatcher
from adapters.webhooks.sender import Sender

_MOST_FILES: Final = 16_384


async def main(stopping: asyncio.Event) -> None:
    """Delivers until told to stop."""
    _allow_connections()
    channel = await Balanced.over(cores.from_settings())
    sender = Sender(egress.from_settings(), mail.from_settings())
    dispatcher = Dispatcher(channel, setting("EXCHANGE_KEY"), sender, on_ready=lambda: ready("webhooks"))
    try:
        await dispatcher.run(stopping)
    finally:
        await sender.close()
        await channel.close(None)


def _allow_connections() -> None:
    """Each endpoint has its own connections; the usual 1,024 open files would not do for many of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < _MOST_FILES:
        most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(_MOST_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    run(main)
