"""The embedded engine is held to the duties of every store."""

from pathlib import Path

import pytest

from tests.store.conformance import Conformance


class TestSqlite(Conformance):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/exchange.db"
