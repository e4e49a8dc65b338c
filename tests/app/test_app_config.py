"""The configuration's layers and what it refuses."""

from pathlib import Path

import msgspec
import pytest

from exchange.app.config import Config, load
from exchange.domain import limits
from exchange.domain.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "exchange.toml"


def refusal(environment: dict[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        load(environment)
    return str(caught.value)


def test_the_defaults() -> None:
    assert msgspec.to_builtins(load({})) == {
        "store": {"url": "sqlite:///var/exchange.db"},
        "grpc": {"listen": "127.0.0.1:50051", "processes": 1, "private_listen": "", "connection_age_s": 10},
        "rest": {
            "enabled": True,
            "listen": "127.0.0.1:8080",
            "public_url": "",
            "tls_certificate": "",
            "tls_key": "",
            "trusted_proxies": (),
            "cors_origins": (),
        },
        "soap": {
            "enabled": True,
            "listen": "127.0.0.1:8081",
            "public_url": "",
            "tls_certificate": "",
            "tls_key": "",
        },
        "gateway": {"enabled": True},
        "webhooks": {"enabled": True},
        "delivery": {"egress_cidrs": ()},
        "egress": {"allow": (), "proxy": ""},
        "security": {"development": False, "var_dir": "var", "token_ttl_s": limits.DEFAULT_TOKEN_TTL_S},
        "auction": {
            "budget_ms": limits.TOTAL_BUDGET_MS,
            "offer_ttl_ms": limits.OFFER_TTL_MS,
            "max_open": limits.MAX_OPEN_AUCTIONS,
            "wait_percent": 50,
        },
        "log": {"level": "INFO"},
    }


def test_the_environment_comes_before_the_file_and_the_file_before_the_defaults(file: Path) -> None:
    file.write_text("[auction]\nbudget_ms = 700\noffer_ttl_ms = 9000\n[rest]\nenabled = false\n")
    config = load({"EXCHANGE_CONFIG": str(file), "EXCHANGE_AUCTION_BUDGET_MS": "800"})
    assert config.auction.budget_ms == 800
    assert config.auction.offer_ttl_ms == 9_000
    assert config.auction.max_open == limits.MAX_OPEN_AUCTIONS
    assert config.rest.enabled is False
    assert config.gateway.enabled is True


def read(config: Config, name: str) -> object:
    section, _, key = name.partition(".")
    return getattr(getattr(config, section), key)


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("EXCHANGE_STORE_URL", "postgresql://user:word@db/exchange", "store.url", "postgresql://user:word@db/exchange"),
        ("EXCHANGE_GRPC_LISTEN", "[::1]:0", "grpc.listen", "[::1]:0"),
        ("EXCHANGE_REST_LISTEN", "example.internal:65535", "rest.listen", "example.internal:65535"),
        ("EXCHANGE_WEBHOOKS_ENABLED", "false", "webhooks.enabled", False),
        ("EXCHANGE_SECURITY_DEVELOPMENT", "1", "security.development", True),
        ("EXCHANGE_SECURITY_VAR_DIR", "/srv/exchange", "security.var_dir", "/srv/exchange"),
        ("EXCHANGE_AUCTION_OFFER_TTL_MS", "1000", "auction.offer_ttl_ms", 1_000),
        ("EXCHANGE_LOG_LEVEL", "DEBUG", "log.level", "DEBUG"),
    ],
)
def test_every_kind_of_value_is_read_from_the_environment(variable: str, text: str, name: str, value: object) -> None:
    found = read(load({variable: text}), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        (
            "EXCHANGE_AUCTION_BUDGET_MS",
            "soon",
            "got 'soon' (from the environment's EXCHANGE_AUCTION_BUDGET_MS)",
        ),
        ("EXCHANGE_AUCTION_BUDGET_MS", "49", "expected a whole number from 50 to 10000, got '49'"),
        ("EXCHANGE_AUCTION_MAX_OPEN", "4097", "expected a whole number from 1 to 4096, got '4097'"),
        ("EXCHANGE_REST_ENABLED", "perhaps", "rest.enabled: expected true or false, got 'perhaps'"),
        ("EXCHANGE_GRPC_LISTEN", "127.0.0.1", "grpc.listen: expected host:port"),
        ("EXCHANGE_GRPC_LISTEN", "127.0.0.1:65536", "expected host:port with a port from 0 to 65535"),
        ("EXCHANGE_GRPC_LISTEN", "::1:50051", "expected host:port"),
        ("EXCHANGE_LOG_LEVEL", "LOUD", "log.level: expected DEBUG, INFO, WARNING or ERROR, got 'LOUD'"),
        ("EXCHANGE_SECURITY_VAR_DIR", "", "security.var_dir: expected a directory, got ''"),
        ("EXCHANGE_STORE_ULR", "x", "store.ulr: no such key (from the environment's EXCHANGE_STORE_ULR); [store] has"),
    ],
)
def test_a_wrong_variable_is_named_with_what_was_expected(variable: str, text: str, says: str) -> None:
    assert says in refusal({variable: text})


def test_a_url_at_fault_is_not_quoted_since_it_may_hold_a_password() -> None:
    message = refusal({"EXCHANGE_STORE_URL": "user:hunter2@db"})
    assert message.startswith("store.url: expected a URL")
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[auction]\nbudget_ms = 1.5", "auction.budget_ms: expected a whole number from 50 to 10000, got 1.5 (from "),
        ("[auction]\nbudget_ms = '800'", "auction.budget_ms: expected a whole number from 50 to 10000, got '800'"),
        ("[rest]\nenabled = 1", "rest.enabled: expected true or false, got 1"),
        ("[rest]\nport = 1", "rest.port: no such key"),
        ("[soup]\nenabled = true", "soup: no such section"),
        ("rest = 1", "rest: expected a section, got 1"),
        ("[rest", "not TOML"),
    ],
)
def test_a_wrong_file_is_named_with_what_was_expected(text: str, says: str, file: Path) -> None:
    file.write_text(text)
    message = refusal({"EXCHANGE_CONFIG": str(file)})
    assert says in message
    assert str(file) in message


def test_a_value_that_a_later_layer_replaces_is_not_looked_at(file: Path) -> None:
    file.write_text("[auction]\nbudget_ms = 'old'")
    assert load({"EXCHANGE_CONFIG": str(file), "EXCHANGE_AUCTION_BUDGET_MS": "800"}).auction.budget_ms == 800


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, file: Path) -> None:
    assert "nowhere cannot be read" in refusal({"EXCHANGE_CONFIG": str(tmp_path / "nowhere")})
    file.write_bytes(b"\xff")
    assert f"{file}: not TOML" in refusal({"EXCHANGE_CONFIG": str(file)})


def test_the_stores_url_may_stand_in_a_file(tmp_path: Path) -> None:
    """Which keeps its password out of the environment."""
    secret = tmp_path / "store-url"
    secret.write_text("postgresql://exchange:hunter2@db/exchange\n")
    named = {"EXCHANGE_STORE_URL_FILE": str(secret)}
    assert load(named).store.url == "postgresql://exchange:hunter2@db/exchange"
    assert "set one" in refusal({**named, "EXCHANGE_STORE_URL": "sqlite:///x"})
    secret.write_text("hunter2")
    assert "hunter2" not in refusal(named)
    assert "cannot be read" in refusal({"EXCHANGE_STORE_URL_FILE": str(tmp_path / "none")})


def test_other_variables_are_not_the_cores() -> None:
    others = {"EXCHANGE_MASTER_KEY": "x", "EXCHANGE_KEY": "x", "EXCHANGE_PORT": "tcp://10.0.0.1:1", "GRPC_LISTEN": "x"}
    assert load(others) == load({})


def test_a_configuration_does_not_change() -> None:
    with pytest.raises(AttributeError):
        load({}).log.level = "DEBUG"  # type: ignore[misc]
