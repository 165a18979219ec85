"""Just enough of protocol buffers to look at a model before a library does. Pure and bounded."""

from collections.abc import Iterator
from typing import Final

_VARINT_BYTES_MAX: Final = 10
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES: Final = {_FIXED64: 8, _FIXED32: 4}


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field: a number for integers, else its bytes.

    Raises `ValueError` unless the message ends exactly where its last field does.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise ValueError("a field without a number")
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == _BYTES:
            length, at = _varint(message, at)
        elif wire in _SIZES:
            length = _SIZES[wire]
        else:
            raise ValueError(f"field {number} has the unknown wire type {wire}")
        if length > len(message) - at:
            raise ValueError(f"field {number} reaches beyond the end")
        yield number, message[at : at + length]
        at += length


def integers(value: int | memoryview) -> list[int]:
    """Return the integers of a field that may be packed."""
    if isinstance(value, int):
        return [value]
    found, at = [], 0
    while at < len(value):
        one, at = _varint(value, at)
        found.append(one)
    return found


def bytes_of(value: int | memoryview) -> memoryview:
    """Return the bytes of a field. Raises `ValueError` when it is a number."""
    if isinstance(value, int):
        raise ValueError("a number where bytes belong")  # noqa: TRY004 - one kind of error
    return value


def text_of(value: int | memoryview) -> str:
    """Return the text of a field. Raises `ValueError` when it is none."""
    return bytes(bytes_of(value)).decode("utf-8")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(_VARINT_BYTES_MAX):
        if at + shift >= len(message):
            raise ValueError("a number without an end")
        byte = message[at + shift]
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number has its high bit clear
            return value, at + shift + 1
    raise ValueError("a number of more than ten bytes")
