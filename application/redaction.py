"""Taking secrets out of text that leaves the process, whatever shape they are in.

A secret is known raw, in hexadecimal, in Base64 at each of its three alignments, and as a URL
quotes it. Any run of eight characters that belongs to one of these is taken out: a part of a
token is worth hiding, too. Shorter secrets are taken out whole.
"""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit

from application.secret import Secret

REMOVED: Final = "[secret]"
PART: Final = 8
"""So many characters of a secret are a leak."""
_SHORTEST: Final = 4


class Redactor:
    """Knows secrets, and takes them out of texts."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        """Know *secrets*."""
        self._parts: set[str] = set()
        self._whole: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: Secret) -> None:
        """Take out *secret*, too. Of a URL that is its user and its password, not its host."""
        for text in _hidden_in(secret.reveal()):
            for form in _forms(text):
                if len(form) < PART:
                    self._whole.add(form)
                self._parts |= {form[at : at + PART] for at in range(len(form) - PART + 1)}

    def __call__(self, text: str) -> str:
        """Return *text* without what is known."""
        for form in self._whole:
            text = text.replace(form, REMOVED)
        if not self._parts:
            return text
        kept: list[str] = []
        at = 0
        for begin, end in self._found(text):
            kept += (text[at:begin], REMOVED)
            at = end
        return "".join((*kept, text[at:])) if kept else text

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where parts of secrets stand, those that overlap or touch as one."""
        begin = end = -1
        for at in range(len(text) - PART + 1):
            if text[at : at + PART] not in self._parts:
                continue
            if at > end:
                if begin >= 0:
                    yield begin, end
                begin = at
            end = at + PART
        if begin >= 0:
            yield begin, end


def _hidden_in(text: str) -> Iterator[str]:
    """Yield what of *text* is secret: all of it, or of a URL the parts that give access."""
    if "://" not in text:
        if len(text) >= _SHORTEST:
            yield text
        return
    try:
        parts = urlsplit(text)
        words = (parts.password or "", parts.query, parts.path.lstrip("/"))
    except ValueError:
        yield text
        return
    database = not parts.scheme.startswith("http")  # whose path is the name of a database
    for word in words[:1] if database else words:
        if len(word) >= _SHORTEST:
            yield word


def _forms(text: str) -> Iterator[str]:
    raw = text.encode()
    yield text
    yield quote(text, safe="")
    yield quote_plus(text)
    yield raw.hex()
    yield raw.hex().upper()
    for shift in range(3):
        # The first characters of a shifted text mix with what stands before it, the last with
        # what follows: they are left out.
        lead, tail = -(-shift * 4 // 3), -(-(shift + len(raw)) % 3)
        for encode in (b64encode, urlsafe_b64encode):
            shape = encode(b"\0" * shift + raw).decode().rstrip("=")
            yield shape[lead : len(shape) - (1 if tail else 0)]
