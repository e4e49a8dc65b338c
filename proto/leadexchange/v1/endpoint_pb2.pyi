import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from leadexchange.v1 import party_pb2 as _party_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SignatureScheme(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGNATURE_SCHEME_UNSPECIFIED: _ClassVar[SignatureScheme]
    SIGNATURE_SCHEME_HMAC: _ClassVar[SignatureScheme]
    SIGNATURE_SCHEME_ED25519: _ClassVar[SignatureScheme]

class PayloadKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAYLOAD_KIND_UNSPECIFIED: _ClassVar[PayloadKind]
    PAYLOAD_KIND_FULL: _ClassVar[PayloadKind]
    PAYLOAD_KIND_THIN: _ClassVar[PayloadKind]

class EnvelopeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENVELOPE_KIND_UNSPECIFIED: _ClassVar[EnvelopeKind]
    ENVELOPE_KIND_STANDARD: _ClassVar[EnvelopeKind]
    ENVELOPE_KIND_CLOUDEVENTS: _ClassVar[EnvelopeKind]

class DeadLetterAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEAD_LETTER_ACTION_UNSPECIFIED: _ClassVar[DeadLetterAction]
    DEAD_LETTER_ACTION_KEEP: _ClassVar[DeadLetterAction]
    DEAD_LETTER_ACTION_EMAIL: _ClassVar[DeadLetterAction]
    DEAD_LETTER_ACTION_PORTAL: _ClassVar[DeadLetterAction]
    DEAD_LETTER_ACTION_RESELL: _ClassVar[DeadLetterAction]

class BreakerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAKER_STATE_UNSPECIFIED: _ClassVar[BreakerState]
    BREAKER_STATE_CLOSED: _ClassVar[BreakerState]
    BREAKER_STATE_OPEN: _ClassVar[BreakerState]
    BREAKER_STATE_HALF_OPEN: _ClassVar[BreakerState]
    BREAKER_STATE_HELD: _ClassVar[BreakerState]
SIGNATURE_SCHEME_UNSPECIFIED: SignatureScheme
SIGNATURE_SCHEME_HMAC: SignatureScheme
SIGNATURE_SCHEME_ED25519: SignatureScheme
PAYLOAD_KIND_UNSPECIFIED: PayloadKind
PAYLOAD_KIND_FULL: PayloadKind
PAYLOAD_KIND_THIN: PayloadKind
ENVELOPE_KIND_UNSPECIFIED: EnvelopeKind
ENVELOPE_KIND_STANDARD: EnvelopeKind
ENVELOPE_KIND_CLOUDEVENTS: EnvelopeKind
DEAD_LETTER_ACTION_UNSPECIFIED: DeadLetterAction
DEAD_LETTER_ACTION_KEEP: DeadLetterAction
DEAD_LETTER_ACTION_EMAIL: DeadLetterAction
DEAD_LETTER_ACTION_PORTAL: DeadLetterAction
DEAD_LETTER_ACTION_RESELL: DeadLetterAction
BREAKER_STATE_UNSPECIFIED: BreakerState
BREAKER_STATE_CLOSED: BreakerState
BREAKER_STATE_OPEN: BreakerState
BREAKER_STATE_HALF_OPEN: BreakerState
BREAKER_STATE_HELD: BreakerState

class RetryPolicy(_message.Message):
    __slots__ = ("max_attempts", "first_ms", "max_ms", "max_age_ms")
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    FIRST_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_MS_FIELD_NUMBER: _ClassVar[int]
    max_attempts: int
    first_ms: int
    max_ms: int
    max_age_ms: int
    def __init__(self, max_attempts: _Optional[int] = ..., first_ms: _Optional[int] = ..., max_ms: _Optional[int] = ..., max_age_ms: _Optional[int] = ...) -> None: ...

class StaticHeader(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class BasicCredentials(_message.Message):
    __slots__ = ("username", "password")
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    username: str
    password: str
    def __init__(self, username: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class OAuthClient(_message.Message):
    __slots__ = ("token_url", "client_id", "client_secret", "scope")
    TOKEN_URL_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    token_url: str
    client_id: str
    client_secret: str
    scope: str
    def __init__(self, token_url: _Optional[str] = ..., client_id: _Optional[str] = ..., client_secret: _Optional[str] = ..., scope: _Optional[str] = ...) -> None: ...

class ClientCertificate(_message.Message):
    __slots__ = ("certificate_pem", "private_key_pem")
    CERTIFICATE_PEM_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_KEY_PEM_FIELD_NUMBER: _ClassVar[int]
    certificate_pem: str
    private_key_pem: str
    def __init__(self, certificate_pem: _Optional[str] = ..., private_key_pem: _Optional[str] = ...) -> None: ...

class EndpointAuth(_message.Message):
    __slots__ = ("headers", "basic", "oauth", "client_certificate")
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BASIC_FIELD_NUMBER: _ClassVar[int]
    OAUTH_FIELD_NUMBER: _ClassVar[int]
    CLIENT_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    headers: _containers.RepeatedCompositeFieldContainer[StaticHeader]
    basic: BasicCredentials
    oauth: OAuthClient
    client_certificate: ClientCertificate
    def __init__(self, headers: _Optional[_Iterable[_Union[StaticHeader, _Mapping]]] = ..., basic: _Optional[_Union[BasicCredentials, _Mapping]] = ..., oauth: _Optional[_Union[OAuthClient, _Mapping]] = ..., client_certificate: _Optional[_Union[ClientCertificate, _Mapping]] = ...) -> None: ...

class EndpointHealth(_message.Message):
    __slots__ = ("breaker", "since", "retry_at", "consecutive_failures", "last_failure", "attempts", "delivered", "p50_ms", "p95_ms", "pending", "dead")
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AT_FIELD_NUMBER: _ClassVar[int]
    CONSECUTIVE_FAILURES_FIELD_NUMBER: _ClassVar[int]
    LAST_FAILURE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    P50_MS_FIELD_NUMBER: _ClassVar[int]
    P95_MS_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    DEAD_FIELD_NUMBER: _ClassVar[int]
    breaker: BreakerState
    since: _timestamp_pb2.Timestamp
    retry_at: _timestamp_pb2.Timestamp
    consecutive_failures: int
    last_failure: str
    attempts: int
    delivered: int
    p50_ms: int
    p95_ms: int
    pending: int
    dead: int
    def __init__(self, breaker: _Optional[_Union[BreakerState, str]] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retry_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., consecutive_failures: _Optional[int] = ..., last_failure: _Optional[str] = ..., attempts: _Optional[int] = ..., delivered: _Optional[int] = ..., p50_ms: _Optional[int] = ..., p95_ms: _Optional[int] = ..., pending: _Optional[int] = ..., dead: _Optional[int] = ...) -> None: ...

class Endpoint(_message.Message):
    __slots__ = ("id", "owner_id", "url", "event_types", "state", "secret", "revision", "created_at", "verticals", "campaign_ids", "source_ids", "payload", "envelope", "mapping_id", "signature_scheme", "auth", "lead_retry", "event_retry", "timeout_ms", "max_concurrency", "max_per_second", "dead_letter_action", "fallback_email", "check_interval_s", "health", "settings")
    class SettingsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPES_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    VERTICALS_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_IDS_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    MAPPING_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_SCHEME_FIELD_NUMBER: _ClassVar[int]
    AUTH_FIELD_NUMBER: _ClassVar[int]
    LEAD_RETRY_FIELD_NUMBER: _ClassVar[int]
    EVENT_RETRY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    MAX_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    DEAD_LETTER_ACTION_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_EMAIL_FIELD_NUMBER: _ClassVar[int]
    CHECK_INTERVAL_S_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    id: str
    owner_id: str
    url: str
    event_types: _containers.RepeatedScalarFieldContainer[str]
    state: _party_pb2.PartyState
    secret: str
    revision: int
    created_at: _timestamp_pb2.Timestamp
    verticals: _containers.RepeatedScalarFieldContainer[str]
    campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    source_ids: _containers.RepeatedScalarFieldContainer[str]
    payload: PayloadKind
    envelope: EnvelopeKind
    mapping_id: str
    signature_scheme: SignatureScheme
    auth: EndpointAuth
    lead_retry: RetryPolicy
    event_retry: RetryPolicy
    timeout_ms: int
    max_concurrency: int
    max_per_second: int
    dead_letter_action: DeadLetterAction
    fallback_email: str
    check_interval_s: int
    health: EndpointHealth
    settings: _containers.ScalarMap[str, str]
    def __init__(self, id: _Optional[str] = ..., owner_id: _Optional[str] = ..., url: _Optional[str] = ..., event_types: _Optional[_Iterable[str]] = ..., state: _Optional[_Union[_party_pb2.PartyState, str]] = ..., secret: _Optional[str] = ..., revision: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., verticals: _Optional[_Iterable[str]] = ..., campaign_ids: _Optional[_Iterable[str]] = ..., source_ids: _Optional[_Iterable[str]] = ..., payload: _Optional[_Union[PayloadKind, str]] = ..., envelope: _Optional[_Union[EnvelopeKind, str]] = ..., mapping_id: _Optional[str] = ..., signature_scheme: _Optional[_Union[SignatureScheme, str]] = ..., auth: _Optional[_Union[EndpointAuth, _Mapping]] = ..., lead_retry: _Optional[_Union[RetryPolicy, _Mapping]] = ..., event_retry: _Optional[_Union[RetryPolicy, _Mapping]] = ..., timeout_ms: _Optional[int] = ..., max_concurrency: _Optional[int] = ..., max_per_second: _Optional[int] = ..., dead_letter_action: _Optional[_Union[DeadLetterAction, str]] = ..., fallback_email: _Optional[str] = ..., check_interval_s: _Optional[int] = ..., health: _Optional[_Union[EndpointHealth, _Mapping]] = ..., settings: _Optional[_Mapping[str, str]] = ...) -> None: ...
