"""Where the master key comes from."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from exchange.access.sealing import load_master_key
from exchange.domain.errors import ConfigError

KEY = bytes(range(32))
TEXT = base64.b64encode(KEY).decode()


def test_from_the_environment(tmp_path: Path) -> None:
    assert load_master_key({"EXCHANGE_MASTER_KEY": TEXT}, tmp_path) == KEY
    assert list(tmp_path.iterdir()) == []


def test_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_text(TEXT + "\n")
    assert load_master_key({"EXCHANGE_MASTER_KEY_FILE": str(file)}, tmp_path) == KEY


def test_created_once_for_its_owner_only(tmp_path: Path) -> None:
    var = tmp_path / "new" / "var"
    first = load_master_key({}, var)
    assert len(first) == 32
    assert load_master_key({}, var) == first
    assert [path.name for path in var.iterdir()] == ["master.key"]
    assert stat.S_IMODE((var / "master.key").stat().st_mode) == 0o600
    assert load_master_key({}, tmp_path / "other") != first


def test_processes_that_start_together_end_with_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_master_key({}, tmp_path), range(16)))
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "got 0 bytes"),
        ("not base64!", "not base64"),
        ("ключ", "not base64"),
        (base64.b64encode(KEY[1:]).decode(), "got 31 bytes"),
        (TEXT + TEXT, "EXCHANGE_MASTER_KEY: expected base64 of 32 bytes"),
    ],
)
def test_a_malformed_key_is_named_but_not_quoted(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        load_master_key({"EXCHANGE_MASTER_KEY": text}, tmp_path)
    assert not text or text not in str(caught.value)


def test_a_spoilt_file_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"master\.key"):
        load_master_key({}, tmp_path)
    assert (tmp_path / "master.key").read_bytes() == b"\xff\xfe"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"EXCHANGE_MASTER_KEY_FILE .*nowhere: cannot be read"):
        load_master_key({"EXCHANGE_MASTER_KEY_FILE": str(tmp_path / "nowhere")}, tmp_path)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/master\.key: cannot be"):
        load_master_key({}, tmp_path / "file")


def test_two_keys_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="set one"):
        load_master_key({"EXCHANGE_MASTER_KEY": TEXT, "EXCHANGE_MASTER_KEY_FILE": "file"}, tmp_path)
