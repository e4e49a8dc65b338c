"""`python -m adapters.gateway`: settings as in `adapters.common.process` and `adapters.common.egress`."""

import asyncio

from adapters.common import cores
from adapters.common.bidders import Bidders
from adapters.common.egress import from_settings
from adapters.common.process import ready, run, setting
from adapters.gateway.gateway import Buyers, Gateway


async def main(stopping: asyncio.Event) -> None:
    """Serves every core until told to stop."""
    key, buyers = setting("EXCHANGE_KEY"), Buyers(from_settings())
    gateways = Bidders(
        cores.from_settings(),
        lambda channel: Gateway(channel, key, buyers).client,
        on_ready=lambda: ready("gateway"),
    )
    try:
        await gateways.run(stopping)
    finally:
        buyers.close()


if __name__ == "__main__":
    run(main)
