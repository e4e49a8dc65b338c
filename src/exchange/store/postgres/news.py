"""What has changed in the store, whichever core changed it, since it was last looked at."""

from typing import Final, NamedTuple

from exchange.domain.endpoint import EndpointHealth
from exchange.domain.quota import Usage
from exchange.store.base import News
from exchange.store.postgres import outbox
from exchange.store.postgres.catalog import Changes, changes_after
from exchange.store.postgres.queries import Connection, first, query
from exchange.store.postgres.usage import usage_after

NEVER: Final = 1 << 62


class Seen(NamedTuple):
    """Up to where everything is known: numbers that are others when something has changed."""

    change: int
    """The place of the last change of the catalogue or a key."""
    usage: int
    """That of the last purchase's."""
    healths: int
    """The sum of the places of healths, which are not numbered in commit order."""
    event: int
    due_ms: int
    """When the next delivery falls due."""


class Heard(NamedTuple):
    """What there is to tell."""

    news: News | None
    stirred: bool
    """There are new events, or a delivery falls due earlier than was known."""
    seen: Seen
    more: bool
    """There is more than was read."""


async def now(connection: Connection) -> Seen:
    """As everything stands."""
    row = await first(connection, query("places_of_news"), {"never": NEVER})
    assert row is not None
    return Seen(*row)


async def since(connection: Connection, seen: Seen) -> Heard:
    """What is new since then: of the catalogue and of usage a page, and whether there is more."""
    latest = await now(connection)
    changes, used, known = Changes([], [], seen.change), list[Usage](), seen.usage
    healths: tuple[EndpointHealth, ...] | None = None
    if latest.change != seen.change:
        changes = await changes_after(connection, seen.change)
    if latest.usage != seen.usage:
        used, known = await usage_after(connection, seen.usage)
    if latest.healths != seen.healths:
        healths = tuple(await outbox.healths(connection))
    news = News(tuple(changes.items), tuple(changes.keys), healths, tuple(used))
    return Heard(
        None if news == News() else news,
        latest.event != seen.event or latest.due_ms < seen.due_ms,
        latest._replace(change=changes.place, usage=known),
        changes.place < latest.change or known < latest.usage,
    )
