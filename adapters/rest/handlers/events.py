"""Events by page: what a subscriber of the contract hears, for those who ask instead of listening."""

import asyncio
from typing import Any, Final

from aiohttp import web

from adapters.rest.caller import caller_of
from adapters.rest.contract import rpc
from adapters.rest.convert.plan import plan_of
from adapters.rest.core import CORE
from adapters.rest.formats.negotiation import CSV, JSON
from adapters.rest.handlers.answers import respond
from adapters.rest.operation import Operation
from adapters.rest.problems import Violation, invalid
from adapters.rest.reading import read_query
from adapters.rest.shapes.event import Event, EventPage, EventQuery
from leadexchange.v1 import event_pb2

_SUBSCRIBE: Final = rpc("EventService/Subscribe")
_FIRST_S: Final = 0.5  # for events that are there already
_NEXT_S: Final = 0.05  # between frames of what is there already
_MARGIN_S: Final = 5.0


async def list_events(request: web.Request) -> web.Response:
    """Events after a cursor, as many as are there."""
    caller = caller_of(request)
    query = read_query(request, EventQuery)
    message: Any = _SUBSCRIBE.ask()
    plan_of(EventQuery, _SUBSCRIBE.ask).fill(message, query)
    message.after_sequence = _sequence(query.cursor)
    frames = request.app[CORE].read(_SUBSCRIBE, message, caller, query.wait_s + _MARGIN_S)
    read = plan_of(Event, event_pb2.Event).read
    found: list[Event] = []
    wait_s = max(query.wait_s, _FIRST_S)
    try:
        while len(found) < query.limit:
            async with asyncio.timeout(wait_s):
                frame = await anext(frames)
            found += [read(event) for event in frame.events]
            wait_s = _NEXT_S
    except (TimeoutError, StopAsyncIteration):
        pass
    finally:
        await frames.aclose()
    found = found[: query.limit]
    cursor = str(found[-1].sequence) if found else query.cursor or "0"
    return respond(request, EventPage(found, cursor), root="events", row=Event)


def _sequence(cursor: str) -> int:
    if not cursor:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise invalid([Violation("cursor", "the next_cursor of an earlier answer", f"{len(cursor)} characters")])
    return int(cursor)


OPERATIONS: Final = (
    Operation(
        *("GET", "/events", "listEvents", "Events after a cursor, oldest first", list_events, "Events"),
        query=EventQuery,
        answer=EventPage,
        media=(JSON, CSV),
        description="At least once and in order. The cursor never ends: keep it, and ask again with it. `wait_s` waits "
        "for an event where there is none yet.",
    ),
)
