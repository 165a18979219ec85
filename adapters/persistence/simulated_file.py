"""One file of a simulated disk: what it shows, what of it is durable, and what a crash leaves.

What a file was given since it was last synced may, after a crash, be there, be gone, be there in
part (page by page, a page torn anywhere), or be zeros of the same length.
"""

from random import Random
from typing import Final, NamedTuple

PAGE: Final = 4096
_ALL_LOST: Final = 0.2
_ALL_KEPT: Final = 0.4


class Piece(NamedTuple):
    """One change to a file that is not durable yet: bytes at a place, or a new size."""

    offset: int
    data: bytes | None


class File:
    """What a file shows, what of it is durable, and the pieces between the two."""

    __slots__ = ("durable", "pieces", "seen")

    def __init__(self, image: bytearray | None = None) -> None:
        """Begin with *image*, all of it durable."""
        self.seen = bytearray() if image is None else image
        self.durable = self.seen.copy()
        self.pieces: list[Piece] = []

    def change(self, piece: Piece) -> None:
        """Show *piece*; it is durable after the next sync."""
        _apply(self.seen, piece)
        self.pieces.append(piece)

    def settle(self) -> None:
        """Make all of it durable."""
        for piece in self.pieces:
            _apply(self.durable, piece)
        self.pieces.clear()

    def left(self, rng: Random) -> bytearray:
        """Return what a crash leaves of it."""
        found = self.durable.copy()
        if not self.pieces:
            return found
        mood = rng.random()
        if mood < _ALL_LOST:
            return found
        for piece in self.pieces:
            if mood < _ALL_KEPT:
                _apply(found, piece)
            else:
                _apply_in_part(found, piece, rng)
        return found


def _apply(image: bytearray, piece: Piece) -> None:
    offset, data = piece
    if data is None:
        del image[offset:]
        image.extend(bytes(max(0, offset - len(image))))
        return
    if offset > len(image):
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data


def _apply_in_part(image: bytearray, piece: Piece, rng: Random) -> None:
    """Let each page of *piece* be kept, lost, torn or turned into zeros."""
    offset, data = piece
    if data is None:
        if rng.random() < 0.5:  # noqa: PLR2004 - a coin
            _apply(image, piece)
        return
    for start in range(0, len(data), PAGE):
        page = data[start : start + PAGE]
        fate = rng.randrange(5)
        if fate == 0:
            page = page[: rng.randrange(len(page) + 1)]
        elif fate == 1:
            page = bytes(len(page))
        if fate != 2 and page:  # noqa: PLR2004 - the third fate: lost
            _apply(image, Piece(offset + start, page))
