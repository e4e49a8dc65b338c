"""Checks the contract's style: python -m tools.contract names each fault and exits 1 if there is one.

Every element has a comment; a file is one noun or one service; each rpc has a request and a response of its own; names
are such that generated code reads well in every language.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from google.protobuf import descriptor_pb2 as pb
from google.protobuf.message import Message

from tools.proto import CONTRACT, protoc, sources

SNAKE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
PASCAL: Final = re.compile(r"([A-Z][a-z0-9]*)+\Z")


class Element(NamedTuple):
    """Something in a file that wants a comment and a good name."""

    place: tuple[int, ...]
    """Field numbers and indexes from the file's root, as in google.protobuf.SourceCodeInfo."""
    kind: str
    name: str
    """With the names of what it is in: `Bid.price_micros`."""
    node: Message


def describe(root: Path) -> list[pb.FileDescriptorProto]:
    """The files below a folder, with their comments, without what they import from elsewhere."""
    with TemporaryDirectory() as folder:
        out = Path(folder, "descriptors")
        protoc(root, f"--descriptor_set_out={out}", "--include_source_info", *sources(root))
        return list(pb.FileDescriptorSet.FromString(out.read_bytes()).file)


def faults(files: Iterable[pb.FileDescriptorProto]) -> list[str]:
    """Every fault, as `file:line: what`, in order."""
    found = []
    for file in files:
        found += [(file.name, 1, fault) for fault in _file(file)]
        locations = {tuple(location.path): location for location in file.source_code_info.location}
        for element in _elements(file):
            location = locations[element.place]
            wrong = list(_style(element))
            if not location.leading_comments.strip():
                wrong.append("has no comment")
            found += [(file.name, location.span[0] + 1, f"{element.kind} {element.name} {fault}") for fault in wrong]
    return [f"{name}:{line}: {fault}" for name, line, fault in sorted(found)]


def main(root: Path = CONTRACT) -> int:
    """Prints the faults; the exit status."""
    files = describe(root)
    found = faults(files)
    print(*found, f"Contract style: {len(files)} files, {len(found)} faults", sep="\n")
    return 1 if found else 0


def _file(file: pb.FileDescriptorProto) -> Iterator[str]:
    """What is wrong with a file's name, package and choice of content."""
    folder, _, stem = file.name.removesuffix(".proto").rpartition("/")
    noun = "".join(word.capitalize() for word in stem.split("_"))
    services = [service.name for service in file.service]
    if not SNAKE.match(stem):
        yield "the file's name is not lower_snake"
    if file.package != folder.replace("/", "."):
        yield f"package {file.package} does not match its folder"
    if stem.endswith("_service"):
        if services != [noun]:
            yield f"the file holds {' and '.join(services) or 'no service'} instead of {noun}"
    else:
        if services:
            yield f"{' and '.join(services)} belongs in a file of its own, *_service.proto"
        nouns = [message.name for message in file.message_type] + [enum.name for enum in file.enum_type]
        if not any(name.startswith(noun) for name in nouns):
            yield f"the file holds nothing named {noun}"


def _elements(file: pb.FileDescriptorProto) -> Iterator[Element]:
    """All that a file defines."""
    for index, message in enumerate(file.message_type):
        yield from _message((file.MESSAGE_TYPE_FIELD_NUMBER, index), message.name, message)
    for index, enum in enumerate(file.enum_type):
        yield from _enum((file.ENUM_TYPE_FIELD_NUMBER, index), enum.name, enum)
    for index, service in enumerate(file.service):
        place = (file.SERVICE_FIELD_NUMBER, index)
        yield Element(place, "service", service.name, service)
        for number, rpc in enumerate(service.method):
            yield Element((*place, service.METHOD_FIELD_NUMBER, number), "rpc", f"{service.name}.{rpc.name}", rpc)


def _message(place: tuple[int, ...], name: str, message: pb.DescriptorProto) -> Iterator[Element]:
    """A message and all in it, save what the compiler made up for maps and optional fields."""
    yield Element(place, "message", name, message)
    for index, field in enumerate(message.field):
        yield Element((*place, message.FIELD_FIELD_NUMBER, index), "field", f"{name}.{field.name}", field)
    made_up = {field.oneof_index for field in message.field if field.proto3_optional}
    for index, oneof in enumerate(message.oneof_decl):
        if index not in made_up:
            yield Element((*place, message.ONEOF_DECL_FIELD_NUMBER, index), "oneof", f"{name}.{oneof.name}", oneof)
    for index, nested in enumerate(message.nested_type):
        if not nested.options.map_entry:
            yield from _message((*place, message.NESTED_TYPE_FIELD_NUMBER, index), f"{name}.{nested.name}", nested)
    for index, enum in enumerate(message.enum_type):
        yield from _enum((*place, message.ENUM_TYPE_FIELD_NUMBER, index), f"{name}.{enum.name}", enum)


def _enum(place: tuple[int, ...], name: str, enum: pb.EnumDescriptorProto) -> Iterator[Element]:
    """An enum and its values."""
    yield Element(place, "enum", name, enum)
    for index, value in enumerate(enum.value):
        yield Element((*place, enum.VALUE_FIELD_NUMBER, index), "enum value", value.name, value)


def _style(element: Element) -> Iterator[str]:
    """What is wrong with an element's name, or the names in it."""
    own = element.name.rpartition(".")[2]
    if element.kind in {"message", "enum", "service", "rpc"} and not PASCAL.match(own):
        yield "is not PascalCase"
    match element.node:
        case pb.FieldDescriptorProto() | pb.OneofDescriptorProto():
            if not SNAKE.match(own):
                yield "is not lower_snake"
        case pb.EnumDescriptorProto() as enum:
            prefix = re.sub(r"(?<=.)(?=[A-Z])", "_", own).upper() + "_"
            if (enum.value[0].name, enum.value[0].number) != (f"{prefix}UNSPECIFIED", 0):
                yield f"does not begin with {prefix}UNSPECIFIED = 0"
            for value in enum.value:
                if not re.fullmatch(prefix + r"[A-Z0-9]+(_[A-Z0-9]+)*", value.name):
                    yield f"has {value.name}, which is not {prefix}UPPER_SNAKE"
        case pb.MethodDescriptorProto() as rpc:
            for got, want in (rpc.input_type, f"{own}Request"), (rpc.output_type, f"{own}Response"):
                if got.rpartition(".")[2] != want:
                    yield f"takes or returns {got.rpartition('.')[2]} instead of {want}"


if __name__ == "__main__":
    sys.exit(main())
