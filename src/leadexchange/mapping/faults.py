"""Where faults of a document are noted while it is compiled."""

from collections.abc import Callable
from typing import TypeVar

from leadexchange.mapping.problems import Violation, pointer

Given = TypeVar("Given")
Made = TypeVar("Made")


class Place:
    """A place in the document, and the list that its faults go to: `place / "request" / "rules" / 3`."""

    __slots__ = ("_found", "pointer")

    def __init__(self, found: list[Violation], at: str = "") -> None:
        self._found = found
        self.pointer = at

    def __truediv__(self, step: str | int) -> "Place":
        return Place(self._found, self.pointer + pointer(step))

    def count(self) -> int:
        """How many faults there are so far, anywhere."""
        return len(self._found)

    def fault(self, expected: str, got: str) -> None:
        """Notes a fault here."""
        self._found.append(Violation(self.pointer, expected, got))

    def attempt(self, expected: str, make: Callable[[Given], Made], given: Given) -> Made | None:
        """What `make` makes of what is here; None, and a fault that says why by its ValueError, when it refuses."""
        try:
            return make(given)
        except ValueError as error:
            self.fault(expected, str(error))
            return None
