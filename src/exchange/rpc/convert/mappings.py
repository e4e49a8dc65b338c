"""Mappings; JSON documents as google.protobuf.Struct."""

from collections.abc import Mapping as ById
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

from exchange.domain.mapping import Mapping
from exchange.rpc.convert.times import timestamp
from leadexchange.v1.mapping_pb2 import Mapping as MappingMessage


def mapping(message: MappingMessage) -> Mapping:
    """A mapping as sent; its id may be empty."""
    return Mapping(message.id, message.owner_id, message.display_name, document(message.document))


def mapping_message(item: Mapping) -> MappingMessage:
    """A mapping as kept."""
    return MappingMessage(
        id=item.id,
        owner_id=item.owner_id,
        display_name=item.display_name,
        document=document_message(item.document),
        revision=item.revision,
        created_at=timestamp(item.created_ms),
    )


def document(message: Struct) -> dict[str, Any]:
    """A JSON object. A Struct knows no whole numbers: those that are whole are taken for such."""
    return {name: _plain(value) for name, value in message.fields.items()}


def _plain(value: Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return document(value.struct_value)
        case "list_value":
            return [_plain(one) for one in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def document_message(value: ById[str, Any]) -> Struct:
    """A JSON object as a Struct."""
    message = Struct()
    message.update(value)
    return message
