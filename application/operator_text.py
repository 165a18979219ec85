"""What people write of themselves and their reasons, before it is written down for ever."""

import unicodedata
from typing import Final

from application.errors import BadInput

ACTOR_MAX: Final = 64
REASON_MAX: Final = 400
# Controls, invisible formatting (reversed text too), halves of pairs, and breaks of lines.
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def checked(name: str, text: str, length_max: int) -> str:
    """Return *text* without blanks around it. Raises `BadInput` naming what *name* must not be."""
    text = text.strip()
    if not text:
        raise BadInput(f"{name}: say it; it is written into the audit trail")
    if len(text) > length_max:
        raise BadInput(f"{name}: {len(text)} signs are too many; at most {length_max}")
    if not _is_plain(text):
        raise BadInput(f"{name}: has control signs or invisible ones; write one plain line")
    return text


def cleaned(text: str, length_max: int, default: str) -> str:
    """Return what can be written down of *text*, *default* where nothing can: never refuses."""
    plain = "".join(sign if _is_plain(sign) else "?" for sign in text[: 4 * length_max])
    return plain.strip()[:length_max] or default


def _is_plain(text: str) -> bool:
    return not any(unicodedata.category(sign) in _REFUSED for sign in text)
