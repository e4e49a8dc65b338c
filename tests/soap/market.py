"""A whole exchange with the SOAP adapter in front of it, for third-party clients; and what each of them must see."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from adapters.common.core import connect
from adapters.soap.core import Core
from adapters.soap.server import SERVER_LOG
from adapters.soap.service import PATH, Endpoint
from leadexchange.v1.access_service_pb2 import CreateApiKeyRequest
from leadexchange.v1.api_key_pb2 import ROLE_SOURCE, ApiKey
from leadexchange.v1.campaign_pb2 import ReturnPolicy
from tests.support.campaigns import UNIT, static
from tests.support.exchange import RunningCore

# What every client prints, a line an operation. The lead is bought for 10, of which the source gets 80 %.
EXPECTED: Final = """\
health: serving
ping: 8.00
post: sold 8.00
submit: sold 8.00
lead: sold +12105550169
trace: sold
not found: NOT_FOUND
invalid: INVALID_FIELD profile.attribute.state
fetch: 2
claim: 1
acknowledge: 2
fetch again: 0
disposition: contacted NOT_FOUND
return: requested
digest: sold
basic: sold
"""
_CLIENT_S: Final = 60.0


@asynccontextmanager
async def soap_market(running: RunningCore) -> AsyncIterator[dict[str, str]]:
    """The market behind the adapter; gives where it is and the keys, as the clients take them from the environment."""
    source, buyer = await running.source("ratewise"), await running.buyer("lender")
    await running.campaign(static("texas", "lender", 10 * UNIT, return_policy=ReturnPolicy(max_share_bps=10_000)))
    wanted = ApiKey(role=ROLE_SOURCE, party_id="ratewise")
    digest = await running.operator.access.CreateApiKey(CreateApiKeyRequest(api_key=wanted))
    channel = connect(running.address)
    runner = web.AppRunner(Endpoint(Core(channel)).application(), access_log=None, logger=SERVER_LOG)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield {
            "URL": f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}",
            "SOURCE_KEY": str(source.key),
            "BUYER_KEY": str(buyer.key),
            "DIGEST_USER": digest.api_key.id,
            "DIGEST_PASSWORD": digest.digest_password,
        }
    finally:
        await runner.cleanup()
        await channel.close(None)


async def run(
    *command: str, directory: Path, environment: dict[str, str] | None = None, most_s: float = _CLIENT_S
) -> str:
    """What a command prints on stdout; raises AssertionError with what it said on stderr when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=directory,
        env=os.environ | (environment or {}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(most_s):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, f"{' '.join(command)}:\n{out.decode()}\n{errors.decode()}"
    return out.decode()


def missing(what: str) -> str:
    """The reason to skip, said where it cannot be overlooked as well."""
    sys.__stderr__.write(f"\nNOT TESTED: {what} is not on this machine, so its SOAP client was not run.\n")  # type: ignore[union-attr]
    return f"{what} is not on this machine"
