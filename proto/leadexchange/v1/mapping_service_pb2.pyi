from google.protobuf import struct_pb2 as _struct_pb2
from leadexchange.v1 import mapping_pb2 as _mapping_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateMappingRequest(_message.Message):
    __slots__ = ("mapping",)
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    mapping: _mapping_pb2.Mapping
    def __init__(self, mapping: _Optional[_Union[_mapping_pb2.Mapping, _Mapping]] = ...) -> None: ...

class CreateMappingResponse(_message.Message):
    __slots__ = ("mapping",)
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    mapping: _mapping_pb2.Mapping
    def __init__(self, mapping: _Optional[_Union[_mapping_pb2.Mapping, _Mapping]] = ...) -> None: ...

class GetMappingRequest(_message.Message):
    __slots__ = ("mapping_id", "revision")
    MAPPING_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    mapping_id: str
    revision: int
    def __init__(self, mapping_id: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class GetMappingResponse(_message.Message):
    __slots__ = ("mapping",)
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    mapping: _mapping_pb2.Mapping
    def __init__(self, mapping: _Optional[_Union[_mapping_pb2.Mapping, _Mapping]] = ...) -> None: ...

class ListMappingsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "owner_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    owner_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., owner_id: _Optional[str] = ...) -> None: ...

class ListMappingsResponse(_message.Message):
    __slots__ = ("mappings", "next_page_token")
    MAPPINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    mappings: _containers.RepeatedCompositeFieldContainer[_mapping_pb2.Mapping]
    next_page_token: str
    def __init__(self, mappings: _Optional[_Iterable[_Union[_mapping_pb2.Mapping, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateMappingRequest(_message.Message):
    __slots__ = ("mapping",)
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    mapping: _mapping_pb2.Mapping
    def __init__(self, mapping: _Optional[_Union[_mapping_pb2.Mapping, _Mapping]] = ...) -> None: ...

class UpdateMappingResponse(_message.Message):
    __slots__ = ("mapping",)
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    mapping: _mapping_pb2.Mapping
    def __init__(self, mapping: _Optional[_Union[_mapping_pb2.Mapping, _Mapping]] = ...) -> None: ...

class ListMappingPresetsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListMappingPresetsResponse(_message.Message):
    __slots__ = ("mappings",)
    MAPPINGS_FIELD_NUMBER: _ClassVar[int]
    mappings: _containers.RepeatedCompositeFieldContainer[_mapping_pb2.Mapping]
    def __init__(self, mappings: _Optional[_Iterable[_Union[_mapping_pb2.Mapping, _Mapping]]] = ...) -> None: ...

class PreviewMappingRequest(_message.Message):
    __slots__ = ("mapping_id", "document", "lead_id", "vertical", "answer")
    MAPPING_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    mapping_id: str
    document: _struct_pb2.Struct
    lead_id: str
    vertical: str
    answer: SampleAnswer
    def __init__(self, mapping_id: _Optional[str] = ..., document: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., lead_id: _Optional[str] = ..., vertical: _Optional[str] = ..., answer: _Optional[_Union[SampleAnswer, _Mapping]] = ...) -> None: ...

class SampleAnswer(_message.Message):
    __slots__ = ("status_code", "content_type", "body")
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    status_code: int
    content_type: str
    body: str
    def __init__(self, status_code: _Optional[int] = ..., content_type: _Optional[str] = ..., body: _Optional[str] = ...) -> None: ...

class PreviewMappingResponse(_message.Message):
    __slots__ = ("content_type", "body", "query", "headers", "answer")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    content_type: str
    body: str
    query: str
    headers: _containers.ScalarMap[str, str]
    answer: ReadAnswer
    def __init__(self, content_type: _Optional[str] = ..., body: _Optional[str] = ..., query: _Optional[str] = ..., headers: _Optional[_Mapping[str, str]] = ..., answer: _Optional[_Union[ReadAnswer, _Mapping]] = ...) -> None: ...

class ReadAnswer(_message.Message):
    __slots__ = ("verdict", "price_micros", "reference", "redirect_url", "reason", "detail")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REDIRECT_URL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    verdict: str
    price_micros: int
    reference: str
    redirect_url: str
    reason: str
    detail: str
    def __init__(self, verdict: _Optional[str] = ..., price_micros: _Optional[int] = ..., reference: _Optional[str] = ..., redirect_url: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...
