"""JSON values as XML: an element a field, an element an item, no attributes but for names that XML cannot have."""

import re
from collections.abc import Iterator
from typing import Any, Final

HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
_IRREGULAR: Final = {"data": "item", "keys": "key"}


def document(root: str, value: Any) -> bytes:
    """A whole document."""
    return (HEAD + element(root, value)).encode()


def element(name: str, value: Any) -> str:
    """One element; a list becomes an element with one element an item."""
    return "".join(_element(name, value))


def _element(name: str, value: Any) -> Iterator[str]:
    begin, end = _tags(name)
    match value:
        case None:
            yield f"{begin[:-1]}/>"
        case dict():
            yield begin
            for key, item in value.items():
                yield from _element(key, item)
            yield end
        case list():
            yield begin
            for item in value:
                yield from _element(singular(name), item)
            yield end
        case bool():
            yield f"{begin}{'true' if value else 'false'}{end}"
        case _:
            yield f"{begin}{_text(str(value))}{end}"


def singular(name: str) -> str:
    """What one item of a list is called: `sales` are each a `sale`."""
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    return name[:-1] if name.endswith("s") and len(name) > 1 else "item"


def _tags(name: str) -> tuple[str, str]:
    if _NAME.fullmatch(name):
        return f"<{name}>", f"</{name}>"
    return f'<field name="{_text(name)}">', "</field>"


def _text(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text).translate(_ESCAPES)
