"""`exchange verify`: proves from a store that nothing was lost, sold twice or misbooked."""

from exchange.app.core import store_path
from exchange.domain.errors import ConfigError
from exchange.store.base import Finding
from exchange.store.sqlite.verify import verify as verify_sqlite


def verify(url: str) -> list[Finding]:
    """Checks each invariant. Raises ConfigError for a URL that names no store, StoreError for one it cannot read."""
    path = store_path(url)
    if not path.exists():
        raise ConfigError(f"store: {path} does not exist")
    return verify_sqlite(path)
