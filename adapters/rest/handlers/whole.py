"""Things that the contract takes whole: replaced by PUT, changed by PATCH as read, merged and put back (RFC 7396)."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.rest.caller import caller_of
from adapters.rest.conditional import expected_revision
from adapters.rest.contract import message_of, rpc
from adapters.rest.convert.plan import plan_of
from adapters.rest.core import CORE
from adapters.rest.handlers.unary import Unary
from adapters.rest.problems import Violation, invalid
from adapters.rest.reading import MERGE_PATCH_TYPES, read_body, shaped


class Put(Unary):
    """Replaces a thing; the path says which."""

    def fill_body(self, request: web.Request, message: Any, body: Any) -> None:
        """The whole thing."""
        for parameter, path in self.paths.items():
            name = path.rpartition(".")[2]
            if getattr(body, name) not in ("", None, request.match_info[parameter]):
                raise invalid([Violation(name, "the one in the path", "another", pointer=f"/{name}")])
        super().fill_body(request, message, body)


@dataclass(frozen=True, kw_only=True)
class Patch(Put):
    """Changes a thing: reads it, merges the body in, and puts it back if nobody has changed it meanwhile."""

    read_method: str = ""
    """`Service/Method` that reads it."""

    async def ask(self, request: web.Request) -> Any:
        """The whole thing, changed."""
        body: Any = await read_body(request, dict, MERGE_PATCH_TYPES)
        ((parameter, path),) = self.paths.items()
        name = request.match_info[parameter]
        kept = await self._read(request, name)
        message: Any = self.rpc.ask()
        self.fill_body(request, message, shaped(merge(msgspec.to_builtins(kept), body), self.shape))
        target = getattr(message, self.body_field)
        target.revision = expected_revision(request) or body.get("revision") or kept.revision or 0
        setattr(target, path.rpartition(".")[2], name)
        return message

    async def _read(self, request: web.Request, name: str) -> Any:
        """The thing as it stands."""
        read = rpc(self.read_method)
        key = {read.ask.DESCRIPTOR.fields[0].name: name}
        answer = await request.app[CORE].call(read, read.ask(**key), caller_of(request))
        field = read.answer.DESCRIPTOR.fields[0].name
        return plan_of(self.shape, message_of(read.answer, field)).read(getattr(answer, field))


def merge(kept: Any, change: Any) -> Any:
    """What RFC 7396 makes of a value and a merge patch."""
    if not isinstance(change, dict):
        return change
    merged = dict(kept) if isinstance(kept, dict) else {}
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


PATCH: Final[dict[str, Any]] = {"kind": Patch, "body_media": MERGE_PATCH_TYPES}
