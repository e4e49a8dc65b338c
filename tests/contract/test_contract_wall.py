"""The wall between pings and people: what a bidder is told before it commits has no field that could hold a person.

Every field that can hold text is listed here with the pattern of what it holds; a new one must be listed, or the walk
over the descriptors fails.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
from google.protobuf import (  # noqa: F401 - the last three bring their files into the pool
    any_pb2,
    descriptor_pool,
    struct_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import Message

from exchange.bidders import frames
from exchange.bidders.calls import PingCall
from exchange.domain.lead import Consent, Contact, Person, Submission
from exchange.intake.admit import admit
from exchange.rpc.convert import leads as convert
from leadexchange.v1.bidder_service_pb2 import BidStreamResponse
from leadexchange.v1.lead_pb2 import Consent as ConsentMessage
from leadexchange.v1.ping_pb2 import ConsentEvidence, Ping
from tests.support import leads

NOW_MS = 1_795_000_000_000
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
_CHOSEN = "[a-z0-9][a-z0-9_-]{1,62}"

PING: Mapping[str, str] = {
    "Ping.auction_id": f"auc_{_ULID}",
    "Ping.campaign_ids": f"camp_{_ULID}|{_CHOSEN}",
    "Ping.vertical": "[a-z][a-z_]*",
    "Ping.source_id": f"src_{_ULID}|{_CHOSEN}",
    "Ping.sub_source": "|[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}",
    "Attribute.name": "[a-z][a-z0-9_]{0,63}",
    "Attribute.code": "[A-Za-z0-9][A-Za-z0-9_.:+-]{0,63}",
}
"""What a ping says in text: ids, names from schemas, and codes. No free text, and nothing of a person."""

CONFIGURED = {
    "BidStreamResponse.dropped_campaign_ids",
    "BidderWelcome.session_id",
    "Campaign.id",
    "Campaign.buyer_id",
    "Campaign.display_name",
    "Targeting.vertical",
    "Targeting.allowed_sources",
    "Targeting.denied_sources",
    "Condition.attribute",
    "CodeSet.codes",
    "HttpCall.url",
    "HttpCall.headers",
    "HttpCall.mapping_id",
    "HttpCall.settings",
    "Mapping.id",
    "Mapping.owner_id",
    "Mapping.display_name",
    "Mapping.document",
    "SoapCall.action",
    "SoapCall.username",
    "SoapCall.password",
    "SoapCall.wsdl",
    "SoapCall.operation",
}
"""Text in frames that comes from the catalogue: the buyer's own campaigns, set up before there was any lead."""

COMMITTED = {"posts", "voids"}
"""Fields of a frame that only a bidder who has won is sent."""


def holes(message: Any, allowed: set[str], skipped: frozenset[str] = frozenset()) -> list[str]:
    """Fields below a message that could hold contact data, as `Message.field`."""
    found: list[str] = []
    seen: set[str] = set()
    waiting: list[Any] = [message]
    while waiting:
        one = waiting.pop()
        if one.full_name in seen:
            continue
        seen.add(one.full_name)
        for field in one.fields:
            name = f"{one.name}.{field.name}"
            if (one is message and field.name in skipped) or name in allowed:
                continue
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                inner = field.message_type
                if _opaque(inner):
                    found.append(name)
                else:
                    waiting.append(inner)
            elif field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_GROUP):
                found.append(name)
        if one.is_extendable:
            found.append(f"{one.name}.extensions")
    return sorted(found)


def _opaque(message: Any) -> bool:
    """A map, a person, or another's message that could hold anything; times are only numbers."""
    if message.GetOptions().map_entry or message.name in ("Contact", "Consent"):
        return True
    foreign: bool = message.file.package != "leadexchange.v1" and message.full_name != "google.protobuf.Timestamp"
    return foreign


def test_a_ping_has_no_field_for_a_person() -> None:
    assert holes(Ping.DESCRIPTOR, set(PING)) == []


def test_nor_has_anything_else_that_a_bidder_is_sent_before_it_wins() -> None:
    assert holes(BidStreamResponse.DESCRIPTOR, {*PING, *CONFIGURED}, frozenset(COMMITTED)) == []


def test_every_field_of_a_frame_is_on_one_side_of_the_wall() -> None:
    before = {"welcome", "mappings", "campaigns", "dropped_campaign_ids", "pings", "draining"}
    assert {field.name for field in BidStreamResponse.DESCRIPTOR.fields} == before | COMMITTED


def test_the_walk_sees_what_is_on_the_other_side() -> None:
    found = holes(BidStreamResponse.DESCRIPTOR, {*PING, *CONFIGURED})
    assert {"Post.contact", "Post.consent", "Post.bid_reference"} <= set(found)


def test_nothing_that_is_listed_is_gone() -> None:
    """A list with names that no longer exist would let the next field of that name through."""
    nothing: set[str] = set()
    real = {*holes(Ping.DESCRIPTOR, nothing), *holes(BidStreamResponse.DESCRIPTOR, nothing, frozenset(COMMITTED))}
    assert real == {*PING, *CONFIGURED}


# Planted violations.


def _files(file: Any) -> Iterator[FileDescriptorProto]:
    """A file and all that it imports, imports first."""
    for dependency in file.dependencies:
        yield from _files(dependency)
    copy = FileDescriptorProto()
    file.CopyToProto(copy)
    yield copy


def planted(into: str, field: FieldDescriptorProto, nested: DescriptorProto | None = None, imports: str = "") -> Any:
    """`Ping` with one field more in one of its messages, in a copy of the contract."""
    pool = descriptor_pool.DescriptorPool()
    extra = descriptor_pool.Default().FindFileByName(imports) if imports else Ping.DESCRIPTOR.file
    files = {copy.name: copy for file in (extra, Ping.DESCRIPTOR.file) for copy in _files(file)}
    for copy in files.values():
        for message in copy.message_type:
            if message.name == into:
                message.field.append(field)
                message.field[-1].number = 900
                message.nested_type.extend([nested] if nested else [])
                if imports and imports not in copy.dependency:
                    copy.dependency.append(imports)
        pool.AddSerializedFile(copy.SerializeToString())
    return pool.FindMessageTypeByName("leadexchange.v1.Ping")


def text(name: str, *, repeated: bool = False) -> FieldDescriptorProto:
    label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    return FieldDescriptorProto(name=name, type=FieldDescriptorProto.TYPE_STRING, label=label)


def holding(name: str, message: str, *, repeated: bool = False) -> FieldDescriptorProto:
    field = text(name, repeated=repeated)
    field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, message
    return field


BLOB = FieldDescriptorProto(
    name="blob", type=FieldDescriptorProto.TYPE_BYTES, label=FieldDescriptorProto.LABEL_OPTIONAL
)


LEAD = "leadexchange/v1/lead.proto"


@pytest.mark.parametrize(
    ("into", "field", "imports"),
    [
        ("Ping", text("consumer_name"), ""),
        ("Ping", text("notes", repeated=True), ""),
        ("Ping", BLOB, ""),
        ("Ping", holding("contact", ".leadexchange.v1.Contact"), LEAD),
        ("Ping", holding("consents", ".leadexchange.v1.Consent", repeated=True), LEAD),
        ("Ping", holding("profile", ".leadexchange.v1.LeadProfile"), LEAD),
        ("Ping", holding("anything", ".google.protobuf.Any"), "google/protobuf/any.proto"),
        ("Ping", holding("document", ".google.protobuf.Struct"), "google/protobuf/struct.proto"),
        ("Ping", holding("wrapped", ".google.protobuf.StringValue"), "google/protobuf/wrappers.proto"),
        ("Attribute", text("label"), ""),
        ("ConsentEvidence", text("ip"), ""),
        ("ConsentEvidence", holding("consent", ".leadexchange.v1.Consent"), LEAD),
    ],
)
def test_a_planted_field_is_caught(into: str, field: FieldDescriptorProto, imports: str) -> None:
    found = holes(planted(into, field, imports=imports), set(PING))
    assert found
    assert all(one.startswith((f"{into}.{field.name}", "LeadProfile.", "AttributeValue.")) for one in found)


def test_a_planted_map_is_caught() -> None:
    entry = DescriptorProto(name="ExtrasEntry")
    entry.options.map_entry = True
    for number, name in enumerate(("key", "value"), 1):
        entry.field.append(text(name))
        entry.field[-1].number = number
    extras = holding("extras", ".leadexchange.v1.Ping.ExtrasEntry", repeated=True)
    assert holes(planted("Ping", extras, entry), set(PING)) == ["Ping.extras"]


def test_an_unchanged_copy_is_sound() -> None:
    number = FieldDescriptorProto(
        name="harmless", type=FieldDescriptorProto.TYPE_INT32, label=FieldDescriptorProto.LABEL_OPTIONAL
    )
    assert holes(planted("Ping", number), set(PING)) == []


# What is said in the fields that there are.


def texts(message: Message) -> Iterator[tuple[str, str]]:
    """Every text of a message, with its field."""
    for field, value in message.ListFields():
        for one in value if field.is_repeated else [value]:
            if isinstance(one, Message):
                yield from texts(one)
            elif isinstance(one, str):
                yield f"{message.DESCRIPTOR.name}.{field.name}", one


def test_pings_of_real_leads_hold_codes_and_nothing_of_the_person() -> None:
    patterns = {name: re.compile(pattern) for name, pattern in PING.items()}
    for number in range(len(leads.examples())):
        request = leads.request(number)
        submission = convert.submission(request, "ratewise")
        profile, person = admit(submission, NOW_MS)
        call = PingCall("auc_01M884XZT9D21THHFY2N5R82HH", profile, 1_795_000_000_000, 100)
        message = frames.ping(call)
        for name, said in texts(message):
            assert patterns[name].fullmatch(said), (name, said)
        told = message.SerializeToString()
        assert not [one for one in _people(submission, person) if one.encode() in told]


def _people(submission: Submission, person: Person) -> list[str]:
    """Everything that was said about a person, as sent and as admitted; what is shorter may appear by chance."""
    said = []
    for contact, consent in ((submission.contact, submission.consent), (person.contact, person.consent)):
        for part in (contact, consent):
            said += [str(value) for value in msgspec.structs.asdict(part).values() if value]
    return [one for one in said if len(one) > 4]


def test_what_the_auction_asks_of_a_bidder_has_no_place_for_a_person_either() -> None:
    reached = set(_structs(msgspec.inspect.type_info(PingCall)))
    assert PingCall in reached
    assert not reached & {Person, Contact, Consent}


def _structs(kind: Any) -> Iterator[type]:
    """Every struct that a type can hold."""
    match kind:
        case msgspec.inspect.StructType():
            yield kind.cls
            for field in kind.fields:
                yield from _structs(field.type)
        case msgspec.inspect.UnionType():
            for one in kind.types:
                yield from _structs(one)
        case msgspec.inspect.DictType():
            yield from _structs(kind.value_type)
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType():
            yield from _structs(kind.item_type)


def test_the_contracts_consent_is_not_the_evidence_of_it() -> None:
    assert all(field.type == FieldDescriptor.TYPE_BOOL for field in ConsentEvidence.DESCRIPTOR.fields)
    assert any(field.type == FieldDescriptor.TYPE_STRING for field in ConsentMessage.DESCRIPTOR.fields)
