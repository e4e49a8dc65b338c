import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from leadexchange.v1 import lead_return_pb2 as _lead_return_pb2
from leadexchange.v1 import party_pb2 as _party_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConsentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENT_KIND_UNSPECIFIED: _ClassVar[ConsentKind]
    CONSENT_KIND_TIME: _ClassVar[ConsentKind]
    CONSENT_KIND_TRUSTEDFORM: _ClassVar[ConsentKind]
    CONSENT_KIND_JORNAYA: _ClassVar[ConsentKind]
    CONSENT_KIND_TEXT: _ClassVar[ConsentKind]

class CapPeriod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAP_PERIOD_UNSPECIFIED: _ClassVar[CapPeriod]
    CAP_PERIOD_HOUR: _ClassVar[CapPeriod]
    CAP_PERIOD_DAY: _ClassVar[CapPeriod]
    CAP_PERIOD_WEEK: _ClassVar[CapPeriod]
    CAP_PERIOD_MONTH: _ClassVar[CapPeriod]

class SoapVersion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOAP_VERSION_UNSPECIFIED: _ClassVar[SoapVersion]
    SOAP_VERSION_1_1: _ClassVar[SoapVersion]
    SOAP_VERSION_1_2: _ClassVar[SoapVersion]

class PasswordKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PASSWORD_KIND_UNSPECIFIED: _ClassVar[PasswordKind]
    PASSWORD_KIND_TEXT: _ClassVar[PasswordKind]
    PASSWORD_KIND_DIGEST: _ClassVar[PasswordKind]

class Completion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPLETION_UNSPECIFIED: _ClassVar[Completion]
    COMPLETION_ON_ACCEPT: _ClassVar[Completion]
    COMPLETION_ON_WIN: _ClassVar[Completion]

class OnTimeout(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_TIMEOUT_UNSPECIFIED: _ClassVar[OnTimeout]
    ON_TIMEOUT_CASCADE: _ClassVar[OnTimeout]
    ON_TIMEOUT_HOLD: _ClassVar[OnTimeout]
CONSENT_KIND_UNSPECIFIED: ConsentKind
CONSENT_KIND_TIME: ConsentKind
CONSENT_KIND_TRUSTEDFORM: ConsentKind
CONSENT_KIND_JORNAYA: ConsentKind
CONSENT_KIND_TEXT: ConsentKind
CAP_PERIOD_UNSPECIFIED: CapPeriod
CAP_PERIOD_HOUR: CapPeriod
CAP_PERIOD_DAY: CapPeriod
CAP_PERIOD_WEEK: CapPeriod
CAP_PERIOD_MONTH: CapPeriod
SOAP_VERSION_UNSPECIFIED: SoapVersion
SOAP_VERSION_1_1: SoapVersion
SOAP_VERSION_1_2: SoapVersion
PASSWORD_KIND_UNSPECIFIED: PasswordKind
PASSWORD_KIND_TEXT: PasswordKind
PASSWORD_KIND_DIGEST: PasswordKind
COMPLETION_UNSPECIFIED: Completion
COMPLETION_ON_ACCEPT: Completion
COMPLETION_ON_WIN: Completion
ON_TIMEOUT_UNSPECIFIED: OnTimeout
ON_TIMEOUT_CASCADE: OnTimeout
ON_TIMEOUT_HOLD: OnTimeout

class CodeSet(_message.Message):
    __slots__ = ("codes",)
    CODES_FIELD_NUMBER: _ClassVar[int]
    codes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, codes: _Optional[_Iterable[str]] = ...) -> None: ...

class NumericRange(_message.Message):
    __slots__ = ("min", "max")
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    min: float
    max: float
    def __init__(self, min: _Optional[float] = ..., max: _Optional[float] = ...) -> None: ...

class Condition(_message.Message):
    __slots__ = ("attribute", "not_in", "prefix_in", "range", "exists", "flag")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    IN_FIELD_NUMBER: _ClassVar[int]
    NOT_IN_FIELD_NUMBER: _ClassVar[int]
    PREFIX_IN_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    EXISTS_FIELD_NUMBER: _ClassVar[int]
    FLAG_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    not_in: CodeSet
    prefix_in: CodeSet
    range: NumericRange
    exists: bool
    flag: bool
    def __init__(self, attribute: _Optional[str] = ..., not_in: _Optional[_Union[CodeSet, _Mapping]] = ..., prefix_in: _Optional[_Union[CodeSet, _Mapping]] = ..., range: _Optional[_Union[NumericRange, _Mapping]] = ..., exists: _Optional[bool] = ..., flag: _Optional[bool] = ..., **kwargs) -> None: ...

class Targeting(_message.Message):
    __slots__ = ("vertical", "conditions", "allowed_sources", "denied_sources", "required_consent")
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_SOURCES_FIELD_NUMBER: _ClassVar[int]
    DENIED_SOURCES_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_CONSENT_FIELD_NUMBER: _ClassVar[int]
    vertical: str
    conditions: _containers.RepeatedCompositeFieldContainer[Condition]
    allowed_sources: _containers.RepeatedScalarFieldContainer[str]
    denied_sources: _containers.RepeatedScalarFieldContainer[str]
    required_consent: _containers.RepeatedScalarFieldContainer[ConsentKind]
    def __init__(self, vertical: _Optional[str] = ..., conditions: _Optional[_Iterable[_Union[Condition, _Mapping]]] = ..., allowed_sources: _Optional[_Iterable[str]] = ..., denied_sources: _Optional[_Iterable[str]] = ..., required_consent: _Optional[_Iterable[_Union[ConsentKind, str]]] = ...) -> None: ...

class ScheduleWindow(_message.Message):
    __slots__ = ("weekday", "start_minute", "end_minute")
    WEEKDAY_FIELD_NUMBER: _ClassVar[int]
    START_MINUTE_FIELD_NUMBER: _ClassVar[int]
    END_MINUTE_FIELD_NUMBER: _ClassVar[int]
    weekday: int
    start_minute: int
    end_minute: int
    def __init__(self, weekday: _Optional[int] = ..., start_minute: _Optional[int] = ..., end_minute: _Optional[int] = ...) -> None: ...

class Cap(_message.Message):
    __slots__ = ("period", "max_leads", "max_spend_micros")
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    MAX_LEADS_FIELD_NUMBER: _ClassVar[int]
    MAX_SPEND_MICROS_FIELD_NUMBER: _ClassVar[int]
    period: CapPeriod
    max_leads: int
    max_spend_micros: int
    def __init__(self, period: _Optional[_Union[CapPeriod, str]] = ..., max_leads: _Optional[int] = ..., max_spend_micros: _Optional[int] = ...) -> None: ...

class PriceModifier(_message.Message):
    __slots__ = ("condition", "add_micros", "multiply_bps")
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    ADD_MICROS_FIELD_NUMBER: _ClassVar[int]
    MULTIPLY_BPS_FIELD_NUMBER: _ClassVar[int]
    condition: Condition
    add_micros: int
    multiply_bps: int
    def __init__(self, condition: _Optional[_Union[Condition, _Mapping]] = ..., add_micros: _Optional[int] = ..., multiply_bps: _Optional[int] = ...) -> None: ...

class StaticBidding(_message.Message):
    __slots__ = ("base_price_micros", "modifiers", "max_price_micros", "shared_bps")
    BASE_PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    MODIFIERS_FIELD_NUMBER: _ClassVar[int]
    MAX_PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    SHARED_BPS_FIELD_NUMBER: _ClassVar[int]
    base_price_micros: int
    modifiers: _containers.RepeatedCompositeFieldContainer[PriceModifier]
    max_price_micros: int
    shared_bps: int
    def __init__(self, base_price_micros: _Optional[int] = ..., modifiers: _Optional[_Iterable[_Union[PriceModifier, _Mapping]]] = ..., max_price_micros: _Optional[int] = ..., shared_bps: _Optional[int] = ...) -> None: ...

class StreamBidding(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HttpBidding(_message.Message):
    __slots__ = ("call",)
    CALL_FIELD_NUMBER: _ClassVar[int]
    call: HttpCall
    def __init__(self, call: _Optional[_Union[HttpCall, _Mapping]] = ...) -> None: ...

class HttpCall(_message.Message):
    __slots__ = ("url", "headers", "timeout_ms", "mapping_id", "soap", "settings")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class SettingsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    URL_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MAPPING_ID_FIELD_NUMBER: _ClassVar[int]
    SOAP_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    url: str
    headers: _containers.ScalarMap[str, str]
    timeout_ms: int
    mapping_id: str
    soap: SoapCall
    settings: _containers.ScalarMap[str, str]
    def __init__(self, url: _Optional[str] = ..., headers: _Optional[_Mapping[str, str]] = ..., timeout_ms: _Optional[int] = ..., mapping_id: _Optional[str] = ..., soap: _Optional[_Union[SoapCall, _Mapping]] = ..., settings: _Optional[_Mapping[str, str]] = ...) -> None: ...

class SoapCall(_message.Message):
    __slots__ = ("version", "action", "username", "password", "password_kind", "wsdl", "operation")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_KIND_FIELD_NUMBER: _ClassVar[int]
    WSDL_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    version: SoapVersion
    action: str
    username: str
    password: str
    password_kind: PasswordKind
    wsdl: str
    operation: str
    def __init__(self, version: _Optional[_Union[SoapVersion, str]] = ..., action: _Optional[str] = ..., username: _Optional[str] = ..., password: _Optional[str] = ..., password_kind: _Optional[_Union[PasswordKind, str]] = ..., wsdl: _Optional[str] = ..., operation: _Optional[str] = ...) -> None: ...

class StreamPosting(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HttpPosting(_message.Message):
    __slots__ = ("call",)
    CALL_FIELD_NUMBER: _ClassVar[int]
    call: HttpCall
    def __init__(self, call: _Optional[_Union[HttpCall, _Mapping]] = ...) -> None: ...

class ReturnPolicy(_message.Message):
    __slots__ = ("window_hours", "max_share_bps", "auto_approve", "auto_deny", "resell", "replace")
    WINDOW_HOURS_FIELD_NUMBER: _ClassVar[int]
    MAX_SHARE_BPS_FIELD_NUMBER: _ClassVar[int]
    AUTO_APPROVE_FIELD_NUMBER: _ClassVar[int]
    AUTO_DENY_FIELD_NUMBER: _ClassVar[int]
    RESELL_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    window_hours: int
    max_share_bps: int
    auto_approve: _containers.RepeatedScalarFieldContainer[_lead_return_pb2.ReturnReason]
    auto_deny: _containers.RepeatedScalarFieldContainer[_lead_return_pb2.ReturnReason]
    resell: bool
    replace: bool
    def __init__(self, window_hours: _Optional[int] = ..., max_share_bps: _Optional[int] = ..., auto_approve: _Optional[_Iterable[_Union[_lead_return_pb2.ReturnReason, str]]] = ..., auto_deny: _Optional[_Iterable[_Union[_lead_return_pb2.ReturnReason, str]]] = ..., resell: _Optional[bool] = ..., replace: _Optional[bool] = ...) -> None: ...

class Campaign(_message.Message):
    __slots__ = ("id", "buyer_id", "display_name", "state", "targeting", "schedule", "caps", "static_bidding", "stream_bidding", "http_bidding", "stream_posting", "http_posting", "completion", "on_timeout", "bid_window_ms", "post_timeout_ms", "max_bid_micros", "test", "priority", "revision", "created_at", "weight", "floor_micros", "bid_adjustment_bps", "paced", "cap_alert_bps", "min_revised_bps", "return_policy")
    ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TARGETING_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    CAPS_FIELD_NUMBER: _ClassVar[int]
    STATIC_BIDDING_FIELD_NUMBER: _ClassVar[int]
    STREAM_BIDDING_FIELD_NUMBER: _ClassVar[int]
    HTTP_BIDDING_FIELD_NUMBER: _ClassVar[int]
    STREAM_POSTING_FIELD_NUMBER: _ClassVar[int]
    HTTP_POSTING_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    ON_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    BID_WINDOW_MS_FIELD_NUMBER: _ClassVar[int]
    POST_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_BID_MICROS_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    FLOOR_MICROS_FIELD_NUMBER: _ClassVar[int]
    BID_ADJUSTMENT_BPS_FIELD_NUMBER: _ClassVar[int]
    PACED_FIELD_NUMBER: _ClassVar[int]
    CAP_ALERT_BPS_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISED_BPS_FIELD_NUMBER: _ClassVar[int]
    RETURN_POLICY_FIELD_NUMBER: _ClassVar[int]
    id: str
    buyer_id: str
    display_name: str
    state: _party_pb2.PartyState
    targeting: Targeting
    schedule: _containers.RepeatedCompositeFieldContainer[ScheduleWindow]
    caps: _containers.RepeatedCompositeFieldContainer[Cap]
    static_bidding: StaticBidding
    stream_bidding: StreamBidding
    http_bidding: HttpBidding
    stream_posting: StreamPosting
    http_posting: HttpPosting
    completion: Completion
    on_timeout: OnTimeout
    bid_window_ms: int
    post_timeout_ms: int
    max_bid_micros: int
    test: bool
    priority: int
    revision: int
    created_at: _timestamp_pb2.Timestamp
    weight: int
    floor_micros: int
    bid_adjustment_bps: int
    paced: bool
    cap_alert_bps: int
    min_revised_bps: int
    return_policy: ReturnPolicy
    def __init__(self, id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., display_name: _Optional[str] = ..., state: _Optional[_Union[_party_pb2.PartyState, str]] = ..., targeting: _Optional[_Union[Targeting, _Mapping]] = ..., schedule: _Optional[_Iterable[_Union[ScheduleWindow, _Mapping]]] = ..., caps: _Optional[_Iterable[_Union[Cap, _Mapping]]] = ..., static_bidding: _Optional[_Union[StaticBidding, _Mapping]] = ..., stream_bidding: _Optional[_Union[StreamBidding, _Mapping]] = ..., http_bidding: _Optional[_Union[HttpBidding, _Mapping]] = ..., stream_posting: _Optional[_Union[StreamPosting, _Mapping]] = ..., http_posting: _Optional[_Union[HttpPosting, _Mapping]] = ..., completion: _Optional[_Union[Completion, str]] = ..., on_timeout: _Optional[_Union[OnTimeout, str]] = ..., bid_window_ms: _Optional[int] = ..., post_timeout_ms: _Optional[int] = ..., max_bid_micros: _Optional[int] = ..., test: _Optional[bool] = ..., priority: _Optional[int] = ..., revision: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., weight: _Optional[int] = ..., floor_micros: _Optional[int] = ..., bid_adjustment_bps: _Optional[int] = ..., paced: _Optional[bool] = ..., cap_alert_bps: _Optional[int] = ..., min_revised_bps: _Optional[int] = ..., return_policy: _Optional[_Union[ReturnPolicy, _Mapping]] = ...) -> None: ...
