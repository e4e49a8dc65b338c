"""The contract's methods by name. Importing the services makes their descriptors known."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from google.protobuf import descriptor_pool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2

from leadexchange.v1 import (
    access_service_pb2,
    catalog_service_pb2,
    event_service_pb2,
    feedback_service_pb2,
    lead_service_pb2,
    ledger_service_pb2,
    mapping_service_pb2,
    outbox_service_pb2,
    policy_service_pb2,
    report_service_pb2,
    submission_service_pb2,
    suppression_service_pb2,
)

_KNOWN: Final = (
    access_service_pb2,
    catalog_service_pb2,
    event_service_pb2,
    feedback_service_pb2,
    health_pb2,
    lead_service_pb2,
    ledger_service_pb2,
    mapping_service_pb2,
    outbox_service_pb2,
    policy_service_pb2,
    report_service_pb2,
    submission_service_pb2,
    suppression_service_pb2,
)


@dataclass(frozen=True, slots=True)
class Rpc:
    """A method of the contract: its path, what it is asked and what it answers with."""

    path: str
    ask: type[Message]
    answer: type[Message]


@cache
def rpc(name: str) -> Rpc:
    """The method `Service/Method` of the contract; raises KeyError when there is none."""
    service, _, method = name.partition("/")
    package = "grpc.health.v1" if service == "Health" else "leadexchange.v1"
    found = descriptor_pool.Default().FindMethodByName(f"{package}.{service}.{method}")
    ask, answer = GetMessageClass(found.input_type), GetMessageClass(found.output_type)
    return Rpc(f"/{package}.{service}/{method}", ask, answer)


def message_of(message: type[Message], path: str) -> type[Message]:
    """The message that a field holds, be it deeper or repeated; the message itself where no field is named."""
    for name in path.split(".") if path else ():
        within: Any = message.DESCRIPTOR.fields_by_name[name].message_type
        message = GetMessageClass(within)
    return message
