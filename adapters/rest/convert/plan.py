"""Between a shape and a message of the contract, by what the two say of themselves.

A plan is made once for a shape and a message: for each field of the shape, where the contract keeps it
(`shapes.common.at`, or the same name) and how its value differs (`codecs`). It fills messages, with the field mask of
what was given; reads them; and leads from the contract's field paths back into the JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from msgspec import UNSET, Struct

from adapters.rest.convert import codecs
from adapters.rest.convert.codecs import Codec
from adapters.rest.pointers import pointer
from adapters.rest.problems import Violation, invalid

S = TypeVar("S", bound=Struct)
Path = tuple[str, ...]
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Step:
    """One field of a shape."""

    name: str
    """Its attribute."""
    key: str
    """Its name in JSON."""
    path: Path
    """Where the contract keeps it; empty for an object that the contract spreads into this level."""
    codec: Codec
    inner: "Plan | None" = None
    """Of an object, or of each item of a list."""
    many: bool = False
    wrapped: str = ""
    """A list that the contract wraps in a message: the field there."""
    is_map: bool = False
    has_presence: bool = False
    required: bool = False
    """It is always given, be it zero or empty."""
    reads: bool = True
    writes: bool = True

    @property
    def contract(self) -> str:
        """Its path in the contract, as in a field mask."""
        return ".".join(self.path)


class Plan:
    """A shape and a message, and how one becomes the other."""

    def __init__(self, shape: type[Struct], message: type[Message]) -> None:
        self.shape = shape
        self.message = message
        self.steps = tuple(_steps(shape, message))
        self.choices = _choices(self.steps, message)
        self._by_contract = {step.path[0]: step for step in self.steps if step.path}

    def fill(self, message: Message, body: Struct, path: Path = ()) -> list[str]:
        """Sets the fields that a body gives and returns their paths; null leaves a field at its default.

        Raises a Problem unless exactly one of several alternatives is given.
        """
        for choice in self.choices:
            self._choose(choice, body, path)
        mask: list[str] = []
        for step in self.steps:
            value = getattr(body, step.name)
            if value is UNSET or not step.writes or (value is None and self._is_choice(step)):
                continue
            if step.inner is not None and not step.many:
                mask += self._fill_inner(step, step.inner, message, value, path)
            else:
                mask.append(step.contract)
                if value or value is False or (value is not None and step.has_presence):
                    _put(message, step, value, (*path, step.key))
        return mask

    def _fill_inner(self, step: Step, inner: "Plan", message: Message, value: Any, path: Path) -> list[str]:
        if value is None:
            return [step.contract] if step.path else [one.path[0] for one in inner.steps]
        target = _within(message, step.path)
        chosen = self._is_choice(step)
        if chosen or not step.has_presence:
            target.SetInParent()
        found = inner.fill(target, value, (*path, step.key))
        prefix = step.contract + "." if step.path else ""
        return [prefix + one for one in found] or ([step.contract] if chosen else [])

    def _is_choice(self, step: Step) -> bool:
        """Whether a field is one of several alternatives."""
        return any(step.name in choice for choice in self.choices)

    def _choose(self, choice: tuple[str, ...], body: Struct, path: Path) -> None:
        """The contract would silently take the last of several."""
        given = [name for name in choice if getattr(body, name) not in (None, UNSET)]
        if len(given) != 1:
            keys = ", ".join(step.key for step in self.steps if step.name in choice)
            found = Violation(".".join(path), f"exactly one of {keys}", f"{len(given)} of them", pointer=pointer(path))
            raise invalid([found])

    def read(self, message: Message) -> Any:
        """The shape of a message; what is unset, or at its default in a field that may be left out, is left out."""
        found: dict[str, Any] = {}
        for step in self.steps:
            if step.reads:
                value = _get(message, step)
                if value is not _ABSENT:
                    found[step.name] = value
        return self.shape(**found)

    def locate(self, tokens: Sequence[str]) -> Path | None:
        """Where in the JSON a path of the contract is, as far as it goes; None when it is not in this shape."""
        if not tokens:
            return ()
        step = self._by_contract.get(tokens[0])
        if step is None:
            for spread in self.steps:
                if not spread.path and spread.inner and (found := spread.inner.locate(tokens)) is not None:
                    return (spread.key, *found)
            return None
        return self._beyond(step, tokens)

    def _beyond(self, step: Step, tokens: Sequence[str]) -> Path:
        candidates = [one for one in self.steps if one.path == tuple(tokens[: len(one.path)]) and one.path]
        step = max(candidates, key=lambda one: len(one.path), default=step)
        rest = list(tokens[len(step.path) :])
        if step.wrapped and rest and rest[0] == step.wrapped:
            rest = rest[1:]
        if step.inner is None:
            return (step.key, *rest)
        index: Path = ()
        if step.many and rest:
            index, rest = (rest[0],), rest[1:]
        found = step.inner.locate(rest)
        return (step.key, *index, *(found if found is not None else rest))


_PLANS: Final[dict[tuple[type[Struct], type[Message]], Plan]] = {}


def plan_of(shape: type[Struct], message: type[Message]) -> Plan:
    """The plan; raises TypeError for a field of the shape that the contract does not have."""
    plan = _PLANS.get((shape, message))
    if plan is None:
        plan = _PLANS[shape, message] = Plan(shape, message)
    return plan


def _within(message: Message, path: Path) -> Any:
    target: Any = message
    for name in path:
        target = getattr(target, name)
    return target


def _put(message: Message, step: Step, value: Any, path: Path) -> None:
    target = _within(message, step.path[:-1])
    leaf = step.path[-1]
    if step.wrapped:
        inside = getattr(target, leaf)
        inside.SetInParent()
        getattr(inside, step.wrapped).extend(value)
    elif step.many:
        field = getattr(target, leaf)
        if not isinstance(value, list):
            value = [value]
        if step.inner is None:
            field.extend([step.codec.to_contract(item) for item in value])
            return
        for index, item in enumerate(value):
            step.inner.fill(field.add(), item, (*path, str(index)))
    elif step.is_map:
        getattr(target, leaf).update(value)
    else:
        converted = step.codec.to_contract(value)
        if isinstance(converted, Message):
            getattr(target, leaf).CopyFrom(converted)
        else:
            setattr(target, leaf, converted)


def _get(message: Message, step: Step) -> Any:
    if not step.path:
        value = step.inner.read(message) if step.inner else None
        return value if value is not None and value != step.inner.shape() else _ABSENT  # type: ignore[union-attr]
    source: Any = message
    for name in step.path[:-1]:
        if not source.HasField(name) and not step.required:
            return _ABSENT
        source = getattr(source, name)
    if step.has_presence and not source.HasField(step.path[-1]) and not step.required:
        return _ABSENT
    value = getattr(source, step.path[-1])
    if step.wrapped:
        return list(getattr(value, step.wrapped))
    if step.many:
        convert = step.inner.read if step.inner else step.codec.to_json
        found: Any = [convert(item) for item in value]
    elif step.inner:
        return step.inner.read(value)
    elif not step.has_presence and not value and not step.required:
        return _ABSENT
    else:
        found = dict(value) if step.is_map else step.codec.to_json(value)
    if found or step.required or step.has_presence:
        return found
    return _ABSENT


def _steps(shape: type[Struct], message: type[Message]) -> list[Step]:
    hints = get_type_hints(shape, include_extras=True)
    fields = [field for field in msgspec.structs.fields(shape) if not _bare(hints[field.name])[1].get("local")]
    return [_step(field, hints[field.name], shape, message) for field in fields]


def _step(field: msgspec.structs.FieldInfo, hint: Any, shape: type[Struct], message: type[Message]) -> Step:
    kind, extra = _bare(hint)
    codec_name = extra.get("codec", "")
    named: str = extra.get("contract", field.encode_name + codecs.SUFFIXES.get(codec_name, ""))
    base: dict[str, Any] = {
        "name": field.name,
        "key": field.encode_name,
        "required": field.required,
        "reads": not extra.get("write_only", False),
        "writes": not extra.get("read_only", False),
    }
    if not named:
        return Step(path=(), codec=codecs.SAME, inner=plan_of(kind, message), **base)
    path = tuple(named.split("."))
    descriptor = _descriptor(message, path, shape)
    return Step(path=path, **base, **_conversion(kind, codec_name, descriptor))


def _descriptor(message: type[Message], path: Path, shape: type[Struct]) -> FieldDescriptor:
    descriptor: Any = message.DESCRIPTOR
    for index, name in enumerate(path):
        found = descriptor.fields_by_name.get(name)
        if found is None:
            raise TypeError(f"{shape.__name__}: {message.DESCRIPTOR.name} has no {'.'.join(path[: index + 1])}")
        if index == len(path) - 1:
            return cast("FieldDescriptor", found)
        descriptor = found.message_type
    raise TypeError(f"{shape.__name__}: an empty path")


def _conversion(kind: Any, codec_name: str, field: FieldDescriptor) -> dict[str, Any]:
    """How values of a field are converted, as arguments of a Step."""
    item, item_extra = _bare(get_args(kind)[0]) if get_origin(kind) is list else (kind, {})
    codec_name = codec_name or item_extra.get("codec", "")
    is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
    found: dict[str, Any] = {"many": field.is_repeated and not is_map, "has_presence": field.has_presence}
    if codec_name:
        return found | {"codec": codecs.BY_NAME[codec_name], "many": field.is_repeated and codec_name != "attributes"}
    if field.enum_type is not None:
        options = get_args(item) if get_origin(item) is Literal else ()
        return found | {"codec": codecs.enumeration(field.enum_type, options)}
    if field.message_type is None or is_map:
        return found | {"codec": codecs.SAME, "is_map": is_map}
    if special := codecs.BY_MESSAGE.get(field.message_type.full_name):
        return found | {"codec": special}
    if get_origin(kind) is list and not field.is_repeated:
        return found | {"codec": codecs.SAME, "wrapped": field.message_type.fields[0].name}
    return found | {"codec": codecs.SAME, "inner": plan_of(item, GetMessageClass(field.message_type))}


def _bare(hint: Any) -> tuple[Any, dict[str, Any]]:
    """A type without what surrounds it, and what its annotations say, the outer ones over the inner."""
    if get_origin(hint) is Annotated:
        inner, extra = _bare(get_args(hint)[0])
        for meta in hint.__metadata__:
            extra |= meta.extra or {}
        return inner, extra
    if get_origin(hint) in (Union, UnionType):
        options = [one for one in get_args(hint) if one not in (type(None), msgspec.UnsetType)]
        if len(options) == 1:
            return _bare(options[0])
    return hint, {}


def _choices(steps: Sequence[Step], message: type[Message]) -> tuple[tuple[str, ...], ...]:
    """Groups of fields of which exactly one must be given: the contract's oneofs, as far as the shape has them."""
    names: dict[str, list[str]] = {}
    for step in steps:
        oneof = step.path and message.DESCRIPTOR.fields_by_name[step.path[0]].containing_oneof
        if oneof and len(oneof.fields) > 1:
            names.setdefault(oneof.name, []).append(step.name)
    return tuple(tuple(group) for group in names.values())
