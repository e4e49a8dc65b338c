"""`python -m adapters.gateway`: settings as in `adapters.common.process` and `adapters.common.egress`."""

import asyncio

from adapters.common.core import connect
from adapters.common.egress import from_settings
from adapters.common.process import ready, run, setting
from adapters.gateway.gateway import Gateway


async def main(stopping: asyncio.Event) -> None:
    """Serves until told to stop."""
    channel = connect(setting("EXCHANGE_CORE"))
    gateway = Gateway(channel, setting("EXCHANGE_KEY"), egress=from_settings(), on_ready=lambda: ready("gateway"))
    try:
        await gateway.run(stopping)
    finally:
        await channel.close(None)


if __name__ == "__main__":
    run(main)
