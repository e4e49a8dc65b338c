import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from leadexchange.v1 import disposition_pb2 as _disposition_pb2
from leadexchange.v1 import lead_return_pb2 as _lead_return_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordDispositionsRequest(_message.Message):
    __slots__ = ("dispositions",)
    DISPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    dispositions: _containers.RepeatedCompositeFieldContainer[_disposition_pb2.Disposition]
    def __init__(self, dispositions: _Optional[_Iterable[_Union[_disposition_pb2.Disposition, _Mapping]]] = ...) -> None: ...

class DispositionResult(_message.Message):
    __slots__ = ("disposition", "error")
    DISPOSITION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    disposition: _disposition_pb2.Disposition
    error: _status_pb2.Status
    def __init__(self, disposition: _Optional[_Union[_disposition_pb2.Disposition, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class RecordDispositionsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[DispositionResult]
    def __init__(self, results: _Optional[_Iterable[_Union[DispositionResult, _Mapping]]] = ...) -> None: ...

class ListDispositionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "lead_id", "kind", "recorded_from", "recorded_until")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FROM_FIELD_NUMBER: _ClassVar[int]
    RECORDED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    lead_id: str
    kind: _disposition_pb2.DispositionKind
    recorded_from: _timestamp_pb2.Timestamp
    recorded_until: _timestamp_pb2.Timestamp
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., lead_id: _Optional[str] = ..., kind: _Optional[_Union[_disposition_pb2.DispositionKind, str]] = ..., recorded_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recorded_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListDispositionsResponse(_message.Message):
    __slots__ = ("dispositions", "next_page_token")
    DISPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    dispositions: _containers.RepeatedCompositeFieldContainer[_disposition_pb2.Disposition]
    next_page_token: str
    def __init__(self, dispositions: _Optional[_Iterable[_Union[_disposition_pb2.Disposition, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RequestReturnsRequest(_message.Message):
    __slots__ = ("returns",)
    RETURNS_FIELD_NUMBER: _ClassVar[int]
    returns: _containers.RepeatedCompositeFieldContainer[_lead_return_pb2.LeadReturn]
    def __init__(self, returns: _Optional[_Iterable[_Union[_lead_return_pb2.LeadReturn, _Mapping]]] = ...) -> None: ...

class ReturnResult(_message.Message):
    __slots__ = ("lead_return", "error")
    LEAD_RETURN_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    lead_return: _lead_return_pb2.LeadReturn
    error: _status_pb2.Status
    def __init__(self, lead_return: _Optional[_Union[_lead_return_pb2.LeadReturn, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class RequestReturnsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ReturnResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ReturnResult, _Mapping]]] = ...) -> None: ...

class DecideReturnsRequest(_message.Message):
    __slots__ = ("return_ids", "approve", "note", "resell")
    RETURN_IDS_FIELD_NUMBER: _ClassVar[int]
    APPROVE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    RESELL_FIELD_NUMBER: _ClassVar[int]
    return_ids: _containers.RepeatedScalarFieldContainer[str]
    approve: bool
    note: str
    resell: bool
    def __init__(self, return_ids: _Optional[_Iterable[str]] = ..., approve: _Optional[bool] = ..., note: _Optional[str] = ..., resell: _Optional[bool] = ...) -> None: ...

class DecideReturnsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ReturnResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ReturnResult, _Mapping]]] = ...) -> None: ...

class GetReturnRequest(_message.Message):
    __slots__ = ("return_id",)
    RETURN_ID_FIELD_NUMBER: _ClassVar[int]
    return_id: str
    def __init__(self, return_id: _Optional[str] = ...) -> None: ...

class GetReturnResponse(_message.Message):
    __slots__ = ("lead_return",)
    LEAD_RETURN_FIELD_NUMBER: _ClassVar[int]
    lead_return: _lead_return_pb2.LeadReturn
    def __init__(self, lead_return: _Optional[_Union[_lead_return_pb2.LeadReturn, _Mapping]] = ...) -> None: ...

class ListReturnsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "state", "lead_id", "campaign_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    state: _lead_return_pb2.ReturnState
    lead_id: str
    campaign_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., state: _Optional[_Union[_lead_return_pb2.ReturnState, str]] = ..., lead_id: _Optional[str] = ..., campaign_id: _Optional[str] = ...) -> None: ...

class ListReturnsResponse(_message.Message):
    __slots__ = ("returns", "next_page_token")
    RETURNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    returns: _containers.RepeatedCompositeFieldContainer[_lead_return_pb2.LeadReturn]
    next_page_token: str
    def __init__(self, returns: _Optional[_Iterable[_Union[_lead_return_pb2.LeadReturn, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
