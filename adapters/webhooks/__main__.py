"""`python -m adapters.webhooks`: settings as in `adapters.common.process`."""

import asyncio

from adapters.common.core import connect
from adapters.common.process import development, ready, run, setting
from adapters.webhooks.dispatcher import Dispatcher
from adapters.webhooks.sender import Sender


async def main(stopping: asyncio.Event) -> None:
    """Delivers until told to stop."""
    channel = connect(setting("EXCHANGE_CORE"))
    sender = Sender(development=development())
    dispatcher = Dispatcher(channel, setting("EXCHANGE_KEY"), sender, on_ready=lambda: ready("webhooks"))
    try:
        await dispatcher.run(stopping)
    finally:
        await sender.close()
        await channel.close(None)


if __name__ == "__main__":
    run(main)
