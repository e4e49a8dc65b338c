"""`exchange verify`: proves from a store that nothing was lost, sold twice or misbooked."""

from pathlib import Path

from exchange.domain.errors import ConfigError
from exchange.store.base import Finding
from exchange.store.sqlite.verify import verify as verify_sqlite


def verify(url: str) -> list[Finding]:
    """Checks each invariant. Raises ConfigError for a URL that names no store, StoreError for one it cannot read."""
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path:
        raise ConfigError("store: expected sqlite:///PATH, got another scheme")
    if not Path(path).exists():
        raise ConfigError(f"store: {path} does not exist")
    return verify_sqlite(Path(path))
