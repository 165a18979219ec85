"""Replay: the same decisions bit for bit, or the first that is not."""

from typing import Any

import pytest

from adapters.persistence.codec import MsgpackCodec
from application.digest import NOTHING_DECIDED
from application.replay import Replay, replay
from domain.decision.facts import EntryApproved
from domain.decision.messages import MarketAdvanced
from domain.execution.messages import Deposited, OrderFilled
from tests.builders import D
from tests.recording import an_eventful_day, first_of

pytestmark = pytest.mark.unit

CODEC = MsgpackCodec()


def test_a_recorded_day_is_derived_again_bit_for_bit() -> None:
    entries = an_eventful_day().journal
    done = replay(entries, CODEC)
    assert done.first_divergence is None
    assert (done.events, done.digest) == (len(entries), entries[-1].digest)
    assert 0 < done.decisions < done.events


def test_an_empty_journal_is_identical_to_itself() -> None:
    assert replay([], CODEC) == Replay(0, 0, NOTHING_DECIDED, None)


def test_an_altered_input_makes_it_name_the_first_decision_that_differs() -> None:
    entries = an_eventful_day().journal
    at, fill = first_of(entries, OrderFilled)
    recorded = entries[at]
    entries[at] = recorded._replace(heard=fill._replace(price=D("100.01")))

    first = replay(entries, CODEC).first_divergence

    assert first is not None
    assert (first.sequence, first.heard) == (recorded.sequence, entries[at].heard)
    assert first.said or first.asked
    assert first.recorded == recorded.digest != first.derived


def test_an_input_altered_without_a_decision_is_named_where_it_first_matters() -> None:
    entries = an_eventful_day().journal
    at, paid = first_of(entries, Deposited)
    entries[at] = entries[at]._replace(heard=paid._replace(amount=D(9999)))

    first = replay(entries, CODEC).first_divergence

    assert first is not None
    assert first.sequence > entries[at].sequence
    assert isinstance(first.heard, MarketAdvanced)
    assert any(isinstance(fact, EntryApproved) for fact in first.said)


def test_an_altered_digest_is_named() -> None:
    entries = an_eventful_day().journal
    entries[7] = entries[7]._replace(digest=bytes(32))
    first = replay(entries, CODEC).first_divergence
    assert first is not None
    assert first.sequence == entries[7].sequence


@pytest.mark.parametrize("gone", [0, 4])
def test_a_missing_entry_is_named(gone: int) -> None:
    entries = an_eventful_day().journal
    del entries[gone]
    first = replay(entries, CODEC).first_divergence
    assert first is not None
    assert "missing" in first.problem
    assert first.sequence == gone + 2


def test_an_event_that_the_desk_cannot_hear_is_a_divergence_and_not_a_crash() -> None:
    entries = an_eventful_day().journal
    at, heard = next(
        (i, e.heard)
        for i, e in enumerate(entries)
        if isinstance(e.heard, MarketAdvanced) and e.heard.candidates
    )
    assert isinstance(heard, MarketAdvanced)
    no_time: Any = "never"
    entries[at] = entries[at]._replace(heard=heard._replace(at_ms=no_time))

    first = replay(entries, CODEC).first_divergence

    assert first is not None
    assert (first.sequence, first.said) == (entries[at].sequence, ())
    assert "cannot hear" in first.problem
