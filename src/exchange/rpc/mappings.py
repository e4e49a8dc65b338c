"""MappingService: how parties' own formats are written and read."""

from collections.abc import Mapping as ById
from typing import Any, Final

import msgspec

from exchange.access.authority import Action, acting_owner, may_see_lead
from exchange.access.keys import KeyRing
from exchange.access.sealing import Sealer
from exchange.auction.clock import Clock
from exchange.catalog import mappings
from exchange.catalog.service import Catalog
from exchange.domain import limits
from exchange.domain.auction import LeadRecord, Sale
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.lead import Consent, Contact, Person
from exchange.domain.mapping import PRESET, Mapping
from exchange.domain.party import EXCHANGE
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.intake.schema import VERTICALS
from exchange.rpc.calls import Context, unary
from exchange.rpc.convert.mappings import document, mapping, mapping_message
from exchange.rpc.items import Items, own
from exchange.store.base import Store
from leadexchange.v1 import mapping_service_pb2 as pb
from leadexchange.v1.mapping_service_pb2_grpc import MappingServiceServicer

_DEFAULT_VERTICAL: Final = "mortgage"
_NO_SALE: Final = Sale("sale_sample", "", "sample-campaign", "", 25_000_000, 20_000_000, 0)
"""What a lead that was not sold is previewed as sold for."""


class Mappings(Items, MappingServiceServicer):
    """Keeps mappings, and shows what they make."""

    def __init__(self, keys: KeyRing, clock: Clock, catalog: Catalog, store: Store, sealer: Sealer) -> None:
        super().__init__(keys, clock, catalog)
        self._store = store
        self._sealer = sealer

    @unary(Action.MANAGE_MAPPING)
    async def CreateMapping(
        self, request: pb.CreateMappingRequest, caller: Principal, context: Context
    ) -> pb.CreateMappingResponse:
        """A new mapping."""
        item = mapping(request.mapping)
        owner_id = acting_owner(caller, item.owner_id, "mapping.owner_id")
        created = await self._catalog.create(self._new(msgspec.structs.replace(item, owner_id=owner_id), "map"))
        return pb.CreateMappingResponse(mapping=mapping_message(created))

    @unary(Action.READ_MAPPING)
    async def GetMapping(
        self, request: pb.GetMappingRequest, caller: Principal, context: Context
    ) -> pb.GetMappingResponse:
        """One mapping, as it stands or as it stood."""
        found = self._readable(caller, request.mapping_id)
        if request.revision not in (0, found.revision):
            found = await self._catalog.at(Mapping, found.id, request.revision)
        return pb.GetMappingResponse(mapping=mapping_message(found))

    def _readable(self, caller: Principal, mapping_id: str) -> Mapping:
        """A mapping or preset that the caller may see. Raises Refused (NOT_FOUND)."""
        found = mappings.named(self._catalog.book.mappings, mapping_id)
        if found is None or not _may_read(caller, found):
            raise Refused(Reason.NOT_FOUND, "There is no mapping of that id.")
        return found

    @unary(Action.READ_MAPPING)
    async def ListMappings(
        self, request: pb.ListMappingsRequest, caller: Principal, context: Context
    ) -> pb.ListMappingsResponse:
        """Mappings by id: the caller's and the exchange's."""
        owner_id = request.owner_id
        items, token = self._page(
            Mapping,
            request.page_size,
            request.page_token,
            lambda one: _may_read(caller, one) and owner_id in ("", one.owner_id),
        )
        return pb.ListMappingsResponse(mappings=map(mapping_message, items), next_page_token=token)

    @unary(Action.MANAGE_MAPPING)
    async def UpdateMapping(
        self, request: pb.UpdateMappingRequest, caller: Principal, context: Context
    ) -> pb.UpdateMappingResponse:
        """A mapping, set whole; its owner stays."""
        current = self._readable(caller, request.mapping.id)
        if current.id.startswith(PRESET) or not own(caller, current.owner_id):
            raise Refused(Reason.FORBIDDEN, "This mapping is not the caller's to change; make one like it.")
        kept = {"owner_id": current.owner_id, "created_ms": current.created_ms}
        changed = msgspec.structs.replace(mapping(request.mapping), **kept)
        item = await self._catalog.update(changed, request.mapping.revision)
        return pb.UpdateMappingResponse(mapping=mapping_message(item))

    @unary(Action.READ_MAPPING)
    async def ListMappingPresets(
        self, request: pb.ListMappingPresetsRequest, caller: Principal, context: Context
    ) -> pb.ListMappingPresetsResponse:
        """The mappings that come with the exchange."""
        return pb.ListMappingPresetsResponse(mappings=map(mapping_message, mappings.presets().values()))

    @unary(Action.READ_MAPPING)
    async def PreviewMapping(
        self, request: pb.PreviewMappingRequest, caller: Principal, context: Context
    ) -> pb.PreviewMappingResponse:
        """What a mapping makes of a lead, and how it reads an answer."""
        field, tried = self._subject(request, caller)
        given = await self._values(request, caller)
        made = mappings.preview(tried, given, field)
        headers = dict(made.headers)
        content_type = headers.pop("Content-Type", "")
        message = pb.PreviewMappingResponse(
            content_type=content_type, body=made.body, query=made.query, headers=headers
        )
        if request.HasField("answer"):
            sample = request.answer
            _check_answer(sample)
            answer = mappings.read(tried, sample.status_code, sample.content_type, sample.body)
            message.answer.CopyFrom(_answer_message(answer))
        return message

    def _subject(self, request: pb.PreviewMappingRequest, caller: Principal) -> tuple[str, ById[str, Any]]:
        """The field and the document to try."""
        match request.WhichOneof("subject"):
            case "mapping_id":
                return "mapping_id", self._readable(caller, request.mapping_id).document
            case "document":
                tried = document(request.document)
                found = mappings.faults(tried, "document")
                if found:
                    raise invalid(found)
                return "document", tried
            case _:
                raise invalid([Violation("subject", "a mapping_id or a document", "neither")])

    async def _values(self, request: pb.PreviewMappingRequest, caller: Principal) -> dict[str, Any]:
        """What the request is made from: a lead that the caller may see, or a made-up one."""
        if not request.lead_id:
            vertical = request.vertical or _DEFAULT_VERTICAL
            if vertical not in VERTICALS:
                expected = f"one of {', '.join(sorted(VERTICALS))}"
                raise invalid([Violation("vertical", expected, vertical[: limits.MAX_GOT_CHARS])])
            return mappings.sample_values(vertical, caller.party_id or EXCHANGE, self.clock.now_ms())
        record = await self._store.lead(request.lead_id)
        if record is None or not _sees(caller, record):
            raise Refused(Reason.NOT_FOUND, "There is no lead of that id.")
        erased = Person(Contact(), Consent())
        person = self._sealer.open(record.id, record.sealed, record.wrapped_key) if record.sealed else erased
        return mappings.values(record, person, _sale_for(caller, record))


def _may_read(caller: Principal, item: Mapping) -> bool:
    return item.owner_id == EXCHANGE or own(caller, item.owner_id)


def _sees(caller: Principal, record: LeadRecord) -> bool:
    return may_see_lead(caller, record.profile.source_id, [sale.buyer_id for sale in record.outcome.sales])


def _sale_for(caller: Principal, record: LeadRecord) -> Sale:
    """The sale that a request is made for: a buyer's own; for a source, whose the prices are not, a made-up one."""
    if caller.role != Role.SOURCE:
        for sale in record.outcome.sales:
            if own(caller, sale.buyer_id):
                return sale
    return msgspec.structs.replace(_NO_SALE, lead_id=record.id, sold_ms=record.decided_ms or record.submitted_ms)


def _check_answer(sample: pb.SampleAnswer) -> None:
    if not 100 <= sample.status_code <= 599:
        raise invalid([Violation("answer.status_code", "a status from 100 to 599", str(sample.status_code))])
    if len(sample.body) > limits.MAX_ANSWER_CHARS:
        expected = f"at most {limits.MAX_ANSWER_CHARS} characters"
        raise invalid([Violation("answer.body", expected, f"{len(sample.body)} characters")])


def _answer_message(answer: mappings.Answer) -> pb.ReadAnswer:
    return pb.ReadAnswer(
        verdict=answer.verdict.value,
        price_micros=answer.price_micros or 0,
        reference=answer.reference,
        redirect_url=answer.redirect_url,
        reason=answer.reason,
        detail=answer.detail,
    )
