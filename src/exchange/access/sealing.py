"""Sealing: a person under a key of the lead's own, that key and small secrets under the master key (H3).

Erasing a lead's wrapped key erases the person, whatever copies there are of the rest.

Formats, with AES-256-GCM throughout (NIST SP 800-38D); the version byte in front lets algorithms change:

- sealed person: `version ‖ nonce(12) ‖ ciphertext ‖ tag(16)` under the lead's key
- under the master key: `version ‖ key id(4) ‖ nonce(12) ‖ ciphertext ‖ tag(16)`; the key id says which master key

What a text belongs to (lead or secret, and which) is authenticated with it, so that nothing can be moved.
"""

import base64
import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchange.domain.errors import ConfigError, ExchangeError
from exchange.domain.lead import Person

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_KEY_ID_BYTES: Final = 4
ENTROPY_BYTES: Final = KEY_BYTES + 2 * _NONCE_BYTES
"""Random bytes that `seal` needs at least: the lead's key, and a nonce for each of its two encryptions."""
SECRET_ENTROPY_BYTES: Final = _NONCE_BYTES
"""Random bytes that `seal_secret` needs at least."""
_VERSION: Final = b"\x01"
_VARIABLE: Final = "EXCHANGE_MASTER_KEY"
_FILE_VARIABLE: Final = "EXCHANGE_MASTER_KEY_FILE"

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Person).decode


class SealError(ExchangeError):
    """What was sealed cannot be opened: altered, moved, or sealed under another key. Holds nothing of the content."""


class Sealer:
    """Seals and opens under one master key.

    A master key is good for 2**32 seals (SP 800-38D, 8.3, for random nonces): 100,000 leads a day for a century.

    Args:
        master_key: 32 bytes.
    """

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes")
        self._master = AESGCM(master_key)
        self._derive = hashlib.blake2b(key=master_key, digest_size=KEY_BYTES, person=b"leadexchange")
        self._head = _VERSION + hashlib.sha256(master_key).digest()[:_KEY_ID_BYTES]

    def derive(self, purpose: str) -> bytes:
        """A key of KEY_BYTES for another purpose, which tells nothing of the master key."""
        derived = self._derive.copy()
        derived.update(purpose.encode())
        return derived.digest()

    def seal(self, lead_id: str, person: Person, entropy: bytes) -> tuple[bytes, bytes]:
        """The person sealed, and the lead's key wrapped. `entropy`: ENTROPY_BYTES random bytes, for this call alone."""
        _check_entropy(entropy, ENTROPY_BYTES)
        owner = b"lead:" + lead_id.encode()
        key, nonces = entropy[:KEY_BYTES], entropy[KEY_BYTES:ENTROPY_BYTES]
        nonce = nonces[:_NONCE_BYTES]
        sealed = _VERSION + nonce + AESGCM(key).encrypt(nonce, _encode(person), owner)
        return sealed, self._wrap(owner, key, nonces[_NONCE_BYTES:])

    def open(self, lead_id: str, sealed: bytes, wrapped_key: bytes) -> Person:
        """The person again. Raises SealError."""
        owner = b"lead:" + lead_id.encode()
        key = self._unwrap(owner, wrapped_key)
        if not sealed.startswith(_VERSION):
            raise SealError("sealed in a format that is not known here")
        body = len(_VERSION) + _NONCE_BYTES
        try:
            return _decode(_decrypt(AESGCM(key), sealed[len(_VERSION) : body], sealed[body:], owner))
        except msgspec.DecodeError as error:
            raise SealError("what was sealed is not a person") from error

    def seal_secret(self, name: str, text: str, entropy: bytes) -> bytes:
        """A small secret, sealed for a place: `name` says which. `entropy`: SECRET_ENTROPY_BYTES random bytes."""
        _check_entropy(entropy, SECRET_ENTROPY_BYTES)
        return self._wrap(b"secret:" + name.encode(), text.encode(), entropy[:_NONCE_BYTES])

    def open_secret(self, name: str, sealed: bytes) -> str:
        """The secret again. Raises SealError."""
        return self._unwrap(b"secret:" + name.encode(), sealed).decode()

    def _wrap(self, owner: bytes, content: bytes, nonce: bytes) -> bytes:
        return self._head + nonce + self._master.encrypt(nonce, content, owner)

    def _unwrap(self, owner: bytes, wrapped: bytes) -> bytes:
        head = len(self._head)
        if wrapped[:head] != self._head:
            known = wrapped.startswith(_VERSION)
            raise SealError("sealed under another master key" if known else "sealed in a format that is not known here")
        return _decrypt(self._master, wrapped[head : head + _NONCE_BYTES], wrapped[head + _NONCE_BYTES :], owner)


def _decrypt(cipher: AESGCM, nonce: bytes, ciphertext: bytes, owner: bytes) -> bytes:
    # A text cut short leaves a nonce or key of the wrong length, which the cipher refuses with ValueError.
    try:
        return cipher.decrypt(nonce, ciphertext, owner)
    except (InvalidTag, ValueError) as error:
        raise SealError("what was sealed was altered, cut short, or belongs elsewhere") from error


def _check_entropy(entropy: bytes, least: int) -> None:
    if len(entropy) < least:
        raise ValueError(f"sealing needs {least} random bytes, got {len(entropy)}")


def load_master_key(
    environment: Mapping[str, str], var_dir: str | os.PathLike[str], *, may_create: bool = True
) -> bytes:
    """The master key, 32 bytes, kept as base64.

    From `EXCHANGE_MASTER_KEY`, or the file that `EXCHANGE_MASTER_KEY_FILE` names; with neither, from
    `var_dir/master.key`, which the first start creates. A store that exists was sealed under a key that exists too:
    for one, pass `may_create=False`. Raises ConfigError.
    """
    if _VARIABLE in environment and _FILE_VARIABLE in environment:
        raise ConfigError(f"{_VARIABLE} and {_FILE_VARIABLE} are both set; set one")
    if _VARIABLE in environment:
        return _parse_key(environment[_VARIABLE], _VARIABLE)
    if _FILE_VARIABLE in environment:
        path = Path(environment[_FILE_VARIABLE])
        return _read_key(path, f"{_FILE_VARIABLE} {path}")
    path = Path(var_dir) / "master.key"
    try:
        if not path.exists():
            if not may_create:
                raise ConfigError(f"{path}: not there, but the store is, and was sealed under it; put the key back")
            _create_key(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be created: {error.strerror}") from error
    return _read_key(path, str(path))


def _read_key(path: Path, where: str) -> bytes:
    try:
        return _parse_key(path.read_bytes(), where)
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read: {error.strerror}") from error


def _parse_key(text: str | bytes, where: str) -> bytes:
    # Says what is wrong without quoting it: a key that is nearly right is still a secret.
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        raise ConfigError(f"{where}: expected base64 of {KEY_BYTES} bytes, got text that is not base64") from None
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{where}: expected base64 of {KEY_BYTES} bytes, got {len(key)} bytes")
    return key


def _create_key(path: Path) -> None:
    """Creates the file whole or not at all; of several processes that try at once, all end with the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name) as draft:  # its mode is 0600
        draft.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        draft.flush()
        os.fsync(draft.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)  # unlike a rename, never replaces a key that another process has begun to use
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # the name too must outlive a loss of power: without the key every lead is unreadable
    finally:
        os.close(directory)
