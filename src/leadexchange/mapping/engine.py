"""A compiled mapping."""

from collections.abc import Callable
from collections.abc import Mapping as Values
from typing import Any
from urllib.parse import urlencode

from leadexchange.mapping.outcome import Answer, Preview, Rendered


class Mapping:
    """Builds requests and reads answers as its document says; made by `load`."""

    __slots__ = ("_build", "_read", "fields")

    def __init__(
        self,
        build: Callable[[Values[str, Any]], Rendered],
        read: Callable[[int, str, bytes], Answer],
        fields: frozenset[str],
    ) -> None:
        self._build, self._read = build, read
        self.fields = fields
        """The input's fields that its rules use, such as `contact.phone`. A mapping of pings uses none of contact."""

    def build(self, values: Values[str, Any]) -> Rendered:
        """The request that these values give.

        Raises:
            BuildError: A required value is absent, or a value does not fit its format.
        """
        return self._build(values)

    def read(self, status: int, content_type: str, body: bytes) -> Answer:
        """What an HTTP answer says. Never raises: what cannot be read is an answer with verdict `error`."""
        return self._read(status, content_type, body)

    def preview(self, values: Values[str, Any], method: str = "POST") -> Preview:
        """The request that these values give, as text; raises as `build` does."""
        request = self.build(values)
        types = (("Content-Type", request.content_type),) if request.content_type else ()
        return Preview(method, urlencode(request.query), types + request.headers, request.body.decode())
