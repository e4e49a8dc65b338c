"""Answers of any length, written as they come."""

from aiohttp import web

from adapters.rest.edge import finish, takes_gzip


class Streamed:
    """An answer whose first byte is sent when there is one: until then, a refusal is still a problem."""

    def __init__(self, request: web.Request, media: str, *, compressed: bool = True) -> None:
        self._request = request
        self._response = web.StreamResponse(headers={"Content-Type": media})
        self._bodiless = request.method == "HEAD"
        if compressed and takes_gzip(request):
            self._response.enable_compression(web.ContentCoding.gzip)
            self._response.headers["Vary"] = "Accept-Encoding"

    @property
    def begun(self) -> bool:
        """Whether anything was sent."""
        return self._response.prepared

    async def write(self, text: bytes) -> None:
        """Sends a piece, the headers first."""
        await self._begin()
        if text and not self._bodiless:
            await self._response.write(text)

    async def end(self) -> web.StreamResponse:
        """Ends the answer."""
        await self._begin()
        await self._response.write_eof()
        return self._response

    async def _begin(self) -> None:
        if not self._response.prepared:
            finish(self._request, self._response)
            await self._response.prepare(self._request)
