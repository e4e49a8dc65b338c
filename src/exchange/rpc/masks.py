"""Field masks (AIP-134): which fields of a message an update changes."""

from typing import Any, TypeVar

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from exchange.domain.errors import Violation, invalid

M = TypeVar("M", bound=Message)
_FIXED = frozenset({"id", "revision", "created_at", "secret"})


def merged(current: M, change: M, mask: FieldMask, field: str) -> M:
    """The current message with the masked fields of the change; an empty mask takes the fields that are set.

    Raises Refused for a path that does not exist or may not change.
    """
    paths = list(mask.paths) or [one.name for one, _ in change.ListFields() if one.name not in _FIXED]
    descriptor: Any = current.DESCRIPTOR
    for path in paths:
        if path.partition(".")[0] in _FIXED or not FieldMask(paths=[path]).IsValidForDescriptor(descriptor):
            changeable = ", ".join(sorted(set(descriptor.fields_by_name) - _FIXED))
            raise invalid([Violation("update_mask", f"paths of {field}: {changeable}", path[:80])])
    result = type(current)()
    result.CopyFrom(current)
    # A oneof's new member replaces the old one, which MergeMessage does by itself.
    FieldMask(paths=paths).MergeMessage(change, result, True, True)
    return result
