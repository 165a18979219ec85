"""Secrets are taken out of texts in every shape that they are likely to have there."""

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.redaction import PART, REMOVED, Redactor
from application.secret import Secret

pytestmark = pytest.mark.unit

WORD = "t0ken/with+signs & more:4711"
TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=PART, max_size=40)


def shapes(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        raw.hex(),
        raw.hex().upper(),
        quote(secret, safe=""),
        b64encode(raw).decode(),
        urlsafe_b64encode(raw).decode(),
        b64encode(b"a" + raw).decode(),
        b64encode(b"ab:" + raw + b"xyz").decode(),
        b64encode(b"user:" + raw).decode(),
    ]


@pytest.mark.parametrize("shape", shapes(WORD))
def test_no_eight_characters_of_any_shape_are_left(shape: str) -> None:
    left = Redactor([Secret(WORD)])(f"before {shape} after")
    assert REMOVED in left
    assert left.startswith("before ")
    assert left.endswith(" after")
    assert not any(part in left for part in windows(WORD))
    assert not any(part in left for part in windows(WORD.encode().hex()))


@given(TEXTS, TEXTS, TEXTS)
def test_no_part_of_a_secret_is_left_wherever_it_stands(secret: str, a: str, b: str) -> None:
    left = Redactor([Secret("pw:" + secret)])(a + secret + b)
    kept = left.split(REMOVED)
    assert not any(part in piece for piece in kept for part in windows(secret))


@given(st.text(max_size=60))
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert Redactor()(text) == text
    assert Redactor([Secret("")])(text) == text


def test_of_a_url_what_gives_access_is_taken_out_and_the_host_stays() -> None:
    redact = Redactor([Secret("postgresql://desk:s3cr3t-word@db.example:5432/trades")])
    assert redact("postgresql://desk:s3cr3t-word@db.example:5432/trades is down") == (
        f"postgresql://desk:{REMOVED}@db.example:5432/trades is down"
    )
    hook = Redactor([Secret("https://hooks.example/services/T00/B00/abcdefgh")])
    assert hook("POST https://hooks.example/services/T00/B00/abcdefgh: 500") == (
        f"POST https://hooks.example/{REMOVED}: 500"
    )


def test_a_short_secret_is_taken_out_whole() -> None:
    assert Redactor([Secret("a1b2c")])("pin a1b2c.") == f"pin {REMOVED}."


def windows(text: str) -> list[str]:
    return [text[at : at + PART] for at in range(len(text) - PART + 1)]
