"""Keys, and whom the caller's own speaks for."""

from typing import Final

from aiohttp import web

from adapters.rest.caller import caller_of
from adapters.rest.convert.party import api_key_to_contract, api_key_to_json, created_api_key_to_json
from adapters.rest.core import CORE, Rpc
from adapters.rest.handlers.answers import respond
from adapters.rest.reading import read_body, read_query
from adapters.rest.shapes.common import Page, PageQuery
from adapters.rest.shapes.party import ApiKey
from leadexchange.v1 import access_service_pb2 as contract

_CREATE: Final = Rpc("/leadexchange.v1.AccessService/CreateApiKey", contract.CreateApiKeyResponse)
_LIST: Final = Rpc("/leadexchange.v1.AccessService/ListApiKeys", contract.ListApiKeysResponse)
_REVOKE: Final = Rpc("/leadexchange.v1.AccessService/RevokeApiKey", contract.RevokeApiKeyResponse)
_WHO_AM_I: Final = Rpc("/leadexchange.v1.AccessService/WhoAmI", contract.WhoAmIResponse)


async def create_key(request: web.Request) -> web.Response:
    """Creates a key; the answer shows its secret once."""
    caller = caller_of(request)
    message = contract.CreateApiKeyRequest(api_key=api_key_to_contract(await read_body(request, ApiKey)))
    answer = await request.app[CORE].call(_CREATE, message, caller)
    return respond(created_api_key_to_json(answer.api_key, answer.secret), 201)


async def list_keys(request: web.Request) -> web.Response:
    """A page of keys, without their secrets."""
    caller = caller_of(request)
    query = read_query(request, PageQuery)
    message = contract.ListApiKeysRequest(page_size=query.limit, page_token=query.cursor)
    answer = await request.app[CORE].call(_LIST, message, caller)
    return respond(Page([api_key_to_json(key) for key in answer.api_keys], answer.next_page_token or None))


async def revoke_key(request: web.Request) -> web.Response:
    """Revokes a key at once; it stays listed."""
    caller = caller_of(request)
    message = contract.RevokeApiKeyRequest(api_key_id=request.match_info["id"])
    answer = await request.app[CORE].call(_REVOKE, message, caller)
    return respond(api_key_to_json(answer.api_key))


async def who_am_i(request: web.Request) -> web.Response:
    """The key in use."""
    caller = caller_of(request)
    answer = await request.app[CORE].call(_WHO_AM_I, contract.WhoAmIRequest(), caller)
    return respond(api_key_to_json(answer.api_key))
