"""The decision digest, by its three rules."""

from hashlib import blake2b

import pytest

from adapters.persistence.codec import MsgpackCodec
from application.digest import NOTHING_DECIDED, digest_after
from domain.decision.facts import TradeAborted
from domain.decision.messages import Page, Severity

pytestmark = pytest.mark.unit

CODEC = MsgpackCodec()
FACT = TradeAborted(1, "BTCUSDT-a", "BTCUSDT", "expired")
PAGE = Page(1, Severity.INFO, "x")


def test_before_anything_was_decided_it_is_zero() -> None:
    assert bytes(32) == NOTHING_DECIDED


def test_a_decision_that_says_and_asks_nothing_leaves_it_as_it_is() -> None:
    before = bytes(range(32))
    assert digest_after(before, (), (), CODEC) is before


def test_it_is_the_hash_of_the_one_before_and_of_what_was_said_and_then_asked() -> None:
    before = bytes(range(32))
    expected = blake2b(before + CODEC.encode(FACT) + CODEC.encode(PAGE), digest_size=32).digest()
    assert digest_after(before, (FACT,), (PAGE,), CODEC) == expected


def test_it_depends_on_all_that_was_decided_before() -> None:
    one = digest_after(digest_after(NOTHING_DECIDED, (FACT,), (), CODEC), (), (PAGE,), CODEC)
    other = digest_after(digest_after(NOTHING_DECIDED, (), (PAGE,), CODEC), (FACT,), (), CODEC)
    assert one != other
