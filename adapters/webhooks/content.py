"""What a delivery sends: its body as it is, or the request that a mapping makes of it; and what the answer means."""

from collections import OrderedDict
from typing import Final

import msgspec

from adapters.webhooks.targets import check_header
from adapters.webhooks.tokens import CredentialsError
from leadexchange.mapping import BuildError, Mapping, MappingError, Verdict, load
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryMapping

_JSON: Final = "application/json"
_MAX_KEPT: Final = 256  # a compiled mapping is some 100 KB at its largest
_TAKEN: Final = frozenset({Verdict.ACCEPTED, Verdict.PENDING})


class ContentError(Exception):
    """The request could not be made; the message says why and holds nothing of the consumer."""


class Content(msgspec.Struct, frozen=True):
    """A request, but for its address and credentials."""

    body: bytes
    content_type: str
    """Empty when there is no body."""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    mapping: Mapping | None = None


class Contents:
    """Makes requests. The mappings last used are kept compiled, at most 256."""

    def __init__(self) -> None:
        self._mappings: OrderedDict[str, Mapping] = OrderedDict()

    def make(self, delivery: Delivery, described: DeliveryMapping | None) -> Content:
        """The request. Raises ContentError."""
        if not delivery.mapping_id:
            return Content(delivery.body, delivery.content_type or _JSON)
        if described is None:
            raise ContentError("the exchange did not give the mapping")
        try:
            mapping = self._mapping(described)
            made = mapping.build(msgspec.json.decode(delivery.body))
            for name, value in made.headers:
                check_header(name.lower(), value)
        except msgspec.DecodeError:
            raise ContentError("the values are no JSON") from None
        except (MappingError, BuildError, CredentialsError) as error:
            raise ContentError(str(error)) from None
        return Content(made.body, made.content_type, made.query, made.headers, mapping)

    def _mapping(self, described: DeliveryMapping) -> Mapping:
        mapping = self._mappings.get(described.id)
        if mapping is None:
            mapping = self._mappings[described.id] = load(described.document)
            if len(self._mappings) > _MAX_KEPT:
                self._mappings.popitem(last=False)
        else:
            self._mappings.move_to_end(described.id)
        return mapping


def refusal(mapping: Mapping, status: int, content_type: str, body: bytes, *, repeat: bool) -> str:
    """Why an answer of 2xx is a refusal all the same; empty when the lead was taken.

    A duplicate of a `repeat` was taken: an earlier attempt got through, and its answer was lost.
    """
    answer = mapping.read(status, content_type, body)
    if answer.verdict in _TAKEN or (repeat and answer.verdict is Verdict.DUPLICATE):
        return ""
    return ": ".join(filter(None, (answer.verdict, answer.reason, answer.code, answer.detail)))
