from leadexchange.v1 import delivery_pb2 as _delivery_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LeaseDeliveriesRequest(_message.Message):
    __slots__ = ("max_deliveries", "lease_ms", "wait_ms", "full_endpoint_ids")
    MAX_DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    LEASE_MS_FIELD_NUMBER: _ClassVar[int]
    WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    FULL_ENDPOINT_IDS_FIELD_NUMBER: _ClassVar[int]
    max_deliveries: int
    lease_ms: int
    wait_ms: int
    full_endpoint_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, max_deliveries: _Optional[int] = ..., lease_ms: _Optional[int] = ..., wait_ms: _Optional[int] = ..., full_endpoint_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class LeaseDeliveriesResponse(_message.Message):
    __slots__ = ("deliveries", "targets", "mappings")
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    MAPPINGS_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[_delivery_pb2.Delivery]
    targets: _containers.RepeatedCompositeFieldContainer[_delivery_pb2.DeliveryTarget]
    mappings: _containers.RepeatedCompositeFieldContainer[_delivery_pb2.DeliveryMapping]
    def __init__(self, deliveries: _Optional[_Iterable[_Union[_delivery_pb2.Delivery, _Mapping]]] = ..., targets: _Optional[_Iterable[_Union[_delivery_pb2.DeliveryTarget, _Mapping]]] = ..., mappings: _Optional[_Iterable[_Union[_delivery_pb2.DeliveryMapping, _Mapping]]] = ...) -> None: ...

class ReportDeliveriesRequest(_message.Message):
    __slots__ = ("reports",)
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[_delivery_pb2.DeliveryReport]
    def __init__(self, reports: _Optional[_Iterable[_Union[_delivery_pb2.DeliveryReport, _Mapping]]] = ...) -> None: ...

class ReportDeliveriesResponse(_message.Message):
    __slots__ = ("taken",)
    TAKEN_FIELD_NUMBER: _ClassVar[int]
    taken: int
    def __init__(self, taken: _Optional[int] = ...) -> None: ...
