"""Mappings: how a buyer's or source's own format is written and read."""

from typing import Annotated

from msgspec import Struct

from adapters.rest.shapes.common import READ_ONLY, Amount, Document, Int32, Int64, PageQuery, Query, Time, at


class Mapping(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A format as data (docs/mapping.md)."""

    id: str | None = None
    """Chosen on creation, `[a-z0-9][a-z0-9_-]{1,62}`, or minted."""
    owner_id: str | None = None
    """A buyer's or source's id, or "exchange" for all."""
    display_name: str | None = None
    """Name for people; at most 200 characters."""
    document: Document | None = None
    """The mapping itself; at most 256 KiB."""
    revision: Int64 | None = None
    """Grows with each change; earlier ones are kept. Give it back to refuse a lost update."""
    created_at: Annotated[Time | None, READ_ONLY] = None
    """Read only."""


class MappingQuery(PageQuery):
    """Filters of the list of mappings."""

    owner_id: str = ""
    """Only this owner's."""


class RevisionQuery(Query):
    """Which state of a mapping."""

    revision: Int64 = 0
    """As it stood at this revision; as it stands unless given."""


class SampleAnswer(Struct, forbid_unknown_fields=True):
    """An answer of a buyer's system, to be read by a mapping."""

    status_code: Int32
    """The HTTP status, 100 to 599."""
    content_type: str | None = None
    """Its media type."""
    body: str | None = None
    """At most 65,536 characters."""


class PreviewRequest(Struct, forbid_unknown_fields=True):
    """What to preview: a kept mapping, or a document that is not kept yet."""

    mapping_id: str | None = None
    """A mapping, or "preset/…"."""
    document: Document | None = None
    """Or a document."""
    lead_id: str | None = None
    """The lead to map; a made-up one unless given."""
    vertical: str | None = None
    """The made-up lead's vertical."""
    answer: SampleAnswer | None = None
    """An answer to read."""


class ReadAnswer(Struct, omit_defaults=True):
    """An answer as a mapping read it."""

    verdict: str
    """`accepted`, `duplicate`, `rejected`, `pending` or `error`."""
    price: Amount | None = None
    """The price, if it gave one."""
    reference: str = ""
    """The buyer's reference."""
    redirect_url: str = ""
    """Where to send the consumer."""
    reason: str = ""
    """The reason's word."""
    detail: str = ""
    """What could not be read."""


class Preview(Struct, omit_defaults=True):
    """What a mapping makes of a lead, and how it reads an answer."""

    content_type: str
    """The request's media type."""
    body: str
    """The request's body."""
    query: str = ""
    """The query string."""
    headers: dict[str, str] = {}
    """Further headers."""
    answer: ReadAnswer | None = None
    """How the answer was read."""


class Presets(Struct):
    """The mappings that come with the exchange."""

    data: Annotated[list[Mapping], at("mappings")]
    """The presets."""
