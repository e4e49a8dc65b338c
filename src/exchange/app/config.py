"""The configuration: `defaults.toml`, then the file that `EXCHANGE_CONFIG` names, then `EXCHANGE_<SECTION>_<KEY>`."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_type_hints

import msgspec

from exchange.domain import limits
from exchange.domain.errors import ConfigError

# What an error says was expected stands beside the rule that expects it.
_Flag = Annotated[bool, msgspec.Meta(description="true or false")]
_Url = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9+]*://\S+\Z",
        max_length=limits.MAX_URL_CHARS,
        description="a URL: sqlite:///path or postgresql://user@host/database",
    ),
]
_ADDRESS: Final = r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):([0-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
_Address = Annotated[str, msgspec.Meta(pattern=rf"^{_ADDRESS}\Z", description="host:port with a port from 0 to 65535")]
_PRIVATE: Final = msgspec.Meta(
    pattern=rf"^({_ADDRESS})?\Z", description="host:port with a port from 0 to 65535, or nothing"
)
_Cidrs = Annotated[
    tuple[str, ...],
    msgspec.Meta(max_length=64, description="CIDR ranges, in the environment separated by commas"),
]
_Text = Annotated[str, msgspec.Meta(max_length=limits.MAX_URL_CHARS, description="text")]
_Texts = Annotated[
    tuple[_Text, ...], msgspec.Meta(max_length=64, description="texts, in the environment separated by commas")
]
_Directory = Annotated[str, msgspec.Meta(min_length=1, description="a directory")]


def _whole(least: int, most: int) -> msgspec.Meta:
    return msgspec.Meta(ge=least, le=most, description=f"a whole number from {least} to {most}")


class StoreConfig(msgspec.Struct, frozen=True):
    """Where truth is kept."""

    url: _Url


class GrpcConfig(msgspec.Struct, frozen=True):
    """The cores, and where they are called."""

    listen: _Address
    private_listen: Annotated[str, _PRIVATE]
    processes: Annotated[int, _whole(1, limits.MAX_CORES)]
    connection_age_s: Annotated[int, _whole(1, 3_600)]


class RestConfig(msgspec.Struct, frozen=True):
    """The REST adapter."""

    enabled: _Flag
    listen: _Address
    public_url: _Text
    tls_certificate: _Text
    tls_key: _Text
    trusted_proxies: _Cidrs
    cors_origins: _Texts


class SoapConfig(msgspec.Struct, frozen=True):
    """The SOAP adapter."""

    enabled: _Flag
    listen: _Address
    public_url: _Text
    tls_certificate: _Text
    tls_key: _Text


class EgressConfig(msgspec.Struct, frozen=True):
    """Where the adapters may call."""

    allow: _Cidrs
    proxy: _Text


class AdapterConfig(msgspec.Struct, frozen=True):
    """An adapter without an address of its own."""

    enabled: _Flag


class DeliveryConfig(msgspec.Struct, frozen=True):
    """What subscribers are told of deliveries."""

    egress_cidrs: _Cidrs


class SecurityConfig(msgspec.Struct, frozen=True):
    """The development switch, and where keys are kept."""

    development: _Flag
    var_dir: _Directory
    token_ttl_s: Annotated[int, _whole(limits.MIN_TOKEN_TTL_S, limits.MAX_TOKEN_TTL_S)]


class AuctionConfig(msgspec.Struct, frozen=True):
    """Budgets and bounds of auctions."""

    budget_ms: Annotated[int, _whole(limits.MIN_BUDGET_MS, limits.MAX_BUDGET_MS)]
    offer_ttl_ms: Annotated[int, _whole(limits.MIN_OFFER_TTL_MS, limits.MAX_OFFER_TTL_MS)]
    max_open: Annotated[int, _whole(1, limits.MAX_OPEN_AUCTIONS)]
    wait_percent: Annotated[int, _whole(1, 100)]


class LogConfig(msgspec.Struct, frozen=True):
    """The core's log."""

    level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], msgspec.Meta(description="DEBUG, INFO, WARNING or ERROR")
    ]


class Config(msgspec.Struct, frozen=True):
    """Every setting; `defaults.toml` says what each is for."""

    store: StoreConfig
    grpc: GrpcConfig
    rest: RestConfig
    soap: SoapConfig
    gateway: AdapterConfig
    webhooks: AdapterConfig
    delivery: DeliveryConfig
    egress: EgressConfig
    security: SecurityConfig
    auction: AuctionConfig
    log: LogConfig


_URL: Final = "EXCHANGE_STORE_URL"
_URL_FILE: Final = "EXCHANGE_STORE_URL_FILE"
"""The URL of a database may hold a password."""
_SECTIONS: Final[Mapping[str, type[Any]]] = get_type_hints(Config)


class _Setting(msgspec.Struct, frozen=True):
    """A value that a layer gives, before it is checked."""

    value: object
    layer: str
    """Where it came from, for people."""
    text: bool = False
    """From the environment, where every value is text."""


_Layer = dict[tuple[str, str], _Setting]


def load(environment: Mapping[str, str]) -> Config:
    """The configuration as the layers give it. Raises ConfigError, which names the key, the layer and what is wrong."""
    defaults = resources.files("exchange.app").joinpath("defaults.toml").read_bytes()
    settings = _from_toml(defaults, "defaults.toml")
    if path := environment.get("EXCHANGE_CONFIG"):
        try:
            settings |= _from_toml(Path(path).read_bytes(), path)
        except OSError as error:
            raise ConfigError(f"EXCHANGE_CONFIG: {path} cannot be read: {error.strerror}") from error
    settings |= _from_environment(environment)
    return Config(**{name: _section(name, kind, settings) for name, kind in _SECTIONS.items()})


def _from_toml(content: bytes, layer: str) -> _Layer:
    try:
        sections = tomllib.loads(content.decode())
    except ValueError as error:  # of TOML, or of UTF-8
        raise ConfigError(f"{layer}: not TOML: {error}") from error
    settings = {}
    for section, values in sections.items():
        if section not in _SECTIONS:
            raise ConfigError(f"{section}: no such section (from {layer}); there are {', '.join(_SECTIONS)}")
        if not isinstance(values, dict):
            raise ConfigError(f"{section}: expected a section, got {values!r} (from {layer})")
        for key, value in values.items():
            _check_known(section, key, layer)
            settings[section, key] = _Setting(value, layer)
    return settings


def _from_environment(environment: Mapping[str, str]) -> _Layer:
    settings = _from_url_file(environment)
    for name, value in environment.items():
        section, _, key = name.removeprefix("EXCHANGE_").lower().partition("_")
        # Other names with the prefix are the adapters', or an orchestrator's for a service called "exchange".
        if name.startswith("EXCHANGE_") and section in _SECTIONS and name != _URL_FILE:
            _check_known(section, key, f"the environment's {name}")
            settings[section, key] = _Setting(value, f"the environment's {name}", text=True)
    return settings


def _from_url_file(environment: Mapping[str, str]) -> _Layer:
    if _URL_FILE not in environment:
        return {}
    path = environment[_URL_FILE]
    if _URL in environment:
        raise ConfigError(f"{_URL} and {_URL_FILE} are both set; set one")
    try:
        url = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{_URL_FILE}: {path} cannot be read: {error}") from error
    return {("store", "url"): _Setting(url, f"the file of {_URL_FILE}", text=True)}


def _check_known(section: str, key: str, layer: str) -> None:
    known = _SECTIONS[section].__struct_fields__
    if key not in known:
        raise ConfigError(f"{section}.{key}: no such key (from {layer}); [{section}] has {', '.join(known)}")


def _section(name: str, kind: type[Any], settings: _Layer) -> Any:
    rules = get_type_hints(kind, include_extras=True)
    return kind(**{key: _checked(f"{name}.{key}", rule, settings[name, key]) for key, rule in rules.items()})


def _checked(name: str, rule: Any, setting: _Setting) -> Any:
    value = setting.value
    if setting.text and rule in (_Cidrs, _Texts):
        value = [part.strip() for part in str(value).split(",") if part.strip()]
    try:
        return msgspec.convert(value, rule, strict=not setting.text)
    except msgspec.ValidationError:
        expected = rule.__metadata__[0].description
        hidden = rule is _Url and isinstance(setting.value, str)  # it may hold a password
        got = "other text" if hidden else repr(setting.value)[: limits.MAX_GOT_CHARS]
        raise ConfigError(f"{name}: expected {expected}, got {got} (from {setting.layer})") from None
