"""A value that nobody may see by accident: no print, no format, no pickle, no log shows it."""

from hmac import compare_digest
from typing import Final, NoReturn

HIDDEN: Final = "**********"


class Secret:
    """Holds a text. Only `reveal` gives it, so every place that shows one can be found by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hold *text*."""
        self._text = text

    def reveal(self) -> str:
        """Return the text: for the one call that needs it, never to be kept."""
        return self._text

    def __bool__(self) -> bool:
        """Tell whether there is anything to hide."""
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        """Compare in a time that says nothing about where two secrets differ."""
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # as a key it would be compared in plain time

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, _: str) -> str:
        return HIDDEN

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, _: object) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")
