"""Who takes part: what `market.toml` says, created at the exchange."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import grpc
import msgspec

from examples.demo.operator import Operator
from leadexchange.v1.api_key_pb2 import ROLE_SOURCE

_FILE: Final = Path(__file__).with_name("market.toml")
_BUYERS: Final = Path(__file__).parents[1] / "buyers"


class Market(msgspec.Struct):
    """The file."""

    sample_buyers: dict[str, str]
    """Kind and options of each, by the id of its buyer."""
    sources: list[dict[str, Any]]
    buyers: list[dict[str, Any]]
    mappings: list[dict[str, Any]]
    """With `file` for the document, among the sample buyers."""
    campaigns: list[dict[str, Any]]
    endpoints: list[dict[str, Any]]


def load() -> Market:
    """Reads the file."""
    return msgspec.convert(tomllib.loads(_FILE.read_text(encoding="utf-8")), Market)


async def set_up(market: Market, operator: Operator, addresses: Mapping[str, str]) -> None:
    """Creates sources, buyers, mappings and campaigns. `addresses` are those of the buyers that are asked over HTTP."""
    for source in market.sources:
        await operator.create("sources", source)
    for buyer in market.buyers:
        await operator.create("buyers", buyer)
    for mapping in market.mappings:
        told = {name: value for name, value in mapping.items() if name != "file"}
        document = msgspec.json.decode((_BUYERS / mapping["file"]).read_bytes())
        await operator.create("mappings", {**told, "document": document})
    for campaign in market.campaigns:
        await operator.create("campaigns", _addressed(campaign, addresses))


def _addressed(campaign: dict[str, Any], addresses: Mapping[str, str]) -> dict[str, Any]:
    """The campaign with `{name}` replaced by that buyer's address."""
    text = msgspec.json.encode(campaign).decode()
    for name, address in addresses.items():
        text = text.replace(f"{{{name}}}", address)
    addressed: dict[str, Any] = msgspec.json.decode(text)
    return addressed


async def source_keys(
    market: Market, operator: Operator, named: Iterable[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """A key for each source that leads name, and why there is none for the others; unknown sources are created."""
    known = {source["id"] for source in market.sources}
    keys, refused = {}, {}
    for source_id in sorted(set(named)):
        try:
            if source_id not in known:
                await operator.create_source(source_id)
            keys[source_id] = await operator.create_key(ROLE_SOURCE, source_id)
        except grpc.aio.AioRpcError as error:
            refused[source_id] = error.details() or error.code().name
    return keys, refused
