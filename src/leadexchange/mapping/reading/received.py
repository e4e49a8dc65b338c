"""What a buyer answered, parsed as far as somebody asks, safely: the sender may be hostile."""

import re
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from lxml import etree

from leadexchange.mapping import limits
from leadexchange.mapping.document import Statuses
from leadexchange.mapping.extent import within


class Unreadable(Exception):
    """What was expected, and what came instead: kinds and sizes, for an answer may quote the consumer."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}; got {got}")


_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,80}")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"""\s*<\?xml\s[^<>]{0,200}?\?>""")
_ENCODING: Final = re.compile(rb"""<\?xml\s[^<>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_NO_DATA: Final = re.compile(r"<!(?!--|\[CDATA\[)")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# Whatever else is declared is read as UTF-8. Encodings such as UTF-7 write `<` in other bytes, and hide markup.
_ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
}
_EXTENT: Final = f"at most {limits.MAX_ANSWER_VALUES} values, {limits.MAX_ANSWER_DEPTH} levels deep"
_decode: Final = msgspec.json.Decoder(float_hook=Decimal).decode
_too_large: Final = etree.XPath(f"count(//*) > {limits.MAX_ANSWER_VALUES} or {'/*' * (limits.MAX_ANSWER_DEPTH + 1)}")


class Received:
    """An HTTP answer. Its views raise `Unreadable`; each is made once."""

    def __init__(self, status: int, content_type: str, body: bytes, statuses: Statuses) -> None:
        self.status = status
        self._content_type = content_type
        self._body = body
        self._statuses = statuses

    def insist(self) -> None:
        """Raises Unreadable at a status that the mapping expects no body of use with."""
        if not self._statuses.min <= self.status <= self._statuses.max:
            raise Unreadable(f"a status from {self._statuses.min} to {self._statuses.max}", str(self.status))

    @cached_property
    def text(self) -> str:
        """The body as text, however it is encoded; what is not in the encoding is replaced."""
        self.insist()
        if len(self._body) > limits.MAX_ANSWER_BYTES:
            raise Unreadable(f"at most {limits.MAX_ANSWER_BYTES} bytes", self._got())
        return self._body.decode(self._encoding(), "replace")

    def _encoding(self) -> str:
        for mark, encoding in _MARKS:
            if self._body.startswith(mark):
                return encoding
        declared = _CHARSET.search(self._content_type)
        if declared:
            return _ENCODINGS.get(declared[1].lower(), "utf-8")
        in_xml = _ENCODING.match(self._body.lstrip()[:200])
        return _ENCODINGS.get(in_xml[1].decode().lower(), "utf-8") if in_xml else "utf-8"

    @cached_property
    def json(self) -> Any:
        """The body as JSON; numbers with a point or exponent are Decimals."""
        try:
            value = _decode(self.text)
        except (ValueError, ArithmeticError, RecursionError):
            raise Unreadable("JSON", self._got()) from None
        if not within(value, limits.MAX_ANSWER_DEPTH, limits.MAX_ANSWER_VALUES):
            raise Unreadable(f"JSON of {_EXTENT}", self._got())
        return value

    @cached_property
    def xml(self) -> Any:
        """The body as XML, without document type, entities or anything from elsewhere."""
        text = _DECLARATION.sub("", self.text, count=1)
        if _NO_DATA.search(text):
            raise Unreadable("XML without document type and entities", self._got())
        parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            tree = etree.fromstring(text.strip().encode(), parser).getroottree()
        except (etree.XMLSyntaxError, ValueError):
            raise Unreadable("XML", self._got()) from None
        if _too_large(tree):
            raise Unreadable(f"XML of {_EXTENT}", self._got())
        return tree

    @cached_property
    def form(self) -> dict[str, str]:
        """The body as parameters, the first of each name."""
        text = self.text.strip().rstrip("&")
        try:
            pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=limits.MAX_RULES)
        except ValueError:
            raise Unreadable("parameters such as status=ok&price=12.50", self._got()) from None
        return dict(reversed(pairs))

    def _got(self) -> str:
        """The answer by its type, size and first sign; nothing of what it says."""
        media_type = _MEDIA_TYPE.match(self._content_type.lower())
        start = self._body.lstrip()[:1]
        begins = f" beginning with {start.decode()}" if start in (b"<", b"{", b"[") else ""
        return f"{len(self._body)} bytes of {media_type[0] if media_type else 'no media type'}{begins}"
