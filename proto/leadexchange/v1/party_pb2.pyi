from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class PartyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARTY_STATE_UNSPECIFIED: _ClassVar[PartyState]
    PARTY_STATE_ACTIVE: _ClassVar[PartyState]
    PARTY_STATE_PAUSED: _ClassVar[PartyState]
    PARTY_STATE_ARCHIVED: _ClassVar[PartyState]
PARTY_STATE_UNSPECIFIED: PartyState
PARTY_STATE_ACTIVE: PartyState
PARTY_STATE_PAUSED: PartyState
PARTY_STATE_ARCHIVED: PartyState
