"""Why: the story of a trade, a refusal, an order, told from the journal alone."""

import pytest

from application.errors import BadInput
from application.ports.journal import Entry
from application.projections.story import Story, Subject, subject_of, tell
from application.replay import untouched
from domain.decision.facts import EntryApproved, EntryRefused, SignalSkipped
from domain.decision.messages import MarketAdvanced
from domain.decision.step import step
from domain.risk.pipeline import PIPELINE
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, START_MS, a_candidate
from tests.recording import RecordedRig, an_eventful_day

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def day() -> list[Entry]:
    return an_eventful_day().journal


def traces(entries: list[Entry], kind: type) -> list[str]:
    state, found = untouched(), []
    for entry in entries:
        state, said, _ = step(state, entry.heard)
        signals = [f for f in said if isinstance(f, EntryApproved | EntryRefused | SignalSkipped)]
        found += [fact.trace for fact in signals if isinstance(fact, kind)]
    return found


def texts(story: Story) -> str:
    return "\n".join(line.text for line in story.lines)


def in_order(text: str, *parts: str) -> bool:
    at = -1
    for part in parts:
        at = text.find(part, at + 1)
        if at < 0:
            return False
    return True


def test_a_trade_is_told_from_its_signal_to_what_it_came_to(day: list[Entry]) -> None:
    story = tell(day, traces(day, EntryApproved)[0])
    assert (story.symbol, story.outcome, story.missing) == (BTC, "closed", ())
    assert in_order(
        texts(story),
        "signal on BTCUSDT at 100",
        "voter0: BUY, confidence 0.800",
        "approved: BUY 5 at 100 = 500 USD",
        "exposure reduces to x 0.106: 4716.98 against 500",
        "asked: MARKET BUY 5",
        "entry filled: BUY 5 at 100, fee 0.2 USD",
        "in: long 5 at 100",
        "asked: stop, STOP_MARKET SELL all at 98",
        "the venue holds the stop at 98",
        "funding paid: 0.05 USD",
        "the venue holds the stop at 100.12",
        "stop filled: SELL 5 at 100.1",
        "out: trailing_stop at 100.1",
        "net 0.0498 USD, +0.00 R",
        "asked: cancel the target",
    )
    assert [line.at_ms for line in story.lines] == sorted(line.at_ms for line in story.lines)


def test_a_refusal_tells_every_gate_and_by_how_much_it_objects(day: list[Entry]) -> None:
    story = tell(day, traces(day, EntryRefused)[0])
    assert story.outcome == "refused"
    assert "position_rules OBJECTS: cooldown, 1 against 15 (off by 14)" in texts(story)
    assert all(f"  {name} " in texts(story) for name, _ in PIPELINE)
    assert "asked:" not in texts(story)


def test_a_skip_tells_what_the_voters_said(day: list[Entry]) -> None:
    story = tell(day, traces(day, SignalSkipped)[0])
    assert (story.outcome, story.missing) == ("skipped", ())
    assert "voter3: HOLD" in texts(story)
    assert "do not agree on a direction" in texts(story)


def test_an_emergency_belongs_to_the_story_of_what_it_closed(day: list[Entry]) -> None:
    story = tell(day, traces(day, EntryApproved)[1])
    assert in_order(
        texts(story), "from NORMAL to EMERGENCY: operator", "exit filled", "out: operator"
    )


def test_trade_order_and_moment_lead_to_the_same_story(day: list[Entry]) -> None:
    trace = traces(day, EntryApproved)[0]
    born_ms = subject_of(trace).born_ms
    story = tell(day, trace)
    names = (f"qt1-{trace}-t3", f"{BTC}-{born_ms}", f"{BTC}@2023-11-14T06:01:00Z", f" {trace} ")
    assert all(tell(day, name) == story for name in names)


@pytest.mark.parametrize(
    "text",
    ["", "BTCUSDT", "btcusdt-lox", "BTCUSDT@yesterday", "BTCUSDT@2023-11-14T06:01:00", "qt1-x-e0"],
)
def test_what_is_no_id_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="no id"):
        subject_of(text)


def test_an_id_that_the_journal_does_not_know_is_said_to_be_missing(day: list[Entry]) -> None:
    story = tell(day, Subject(BTC, START_MS - 1).trace)
    assert (story.outcome, story.lines) == ("unknown", ())
    assert "nothing in the journal" in story.missing[0]


def test_a_signal_that_confirms_what_is_held_is_told_as_such() -> None:
    rig = RecordedRig()
    rig.opens(a_candidate(), "100")
    rig.wants(a_candidate())
    story = tell(rig.journal, Subject(BTC, rig.now).trace)
    assert story.outcome == "silent"
    assert "nothing was decided" in story.missing[0]


def test_a_turn_round_tells_what_it_closed() -> None:
    rig = RecordedRig()
    rig.opens(a_candidate(), "100")
    first = rig.trade().plan.trade_id
    rig.wants(a_candidate(Action.SELL))
    story = tell(rig.journal, Subject(BTC, rig.now).trace)
    assert f"closed with it: what was open before (qt1-{first}-x" in texts(story)


@pytest.mark.parametrize(
    ("steps", "outcome", "missing"),
    [
        (0, "ordered", "before the entry was filled"),
        (1, "open", "no stop was ever confirmed"),
        (2, "open", "before the trade was closed"),
    ],
)
def test_a_story_that_has_not_ended_says_what_is_missing(
    steps: int, outcome: str, missing: str
) -> None:
    rig = RecordedRig()
    rig.wants(a_candidate())
    trace = rig.trade().plan.trade_id
    if steps > 0:
        rig.fills(Leg.ENTRY, "100")
    if steps > 1:
        rig.accepts_all()
    story = tell(rig.journal, trace)
    assert story.outcome == outcome
    assert any(missing in gap for gap in story.missing)


def test_an_entry_that_came_to_nothing_is_told() -> None:
    rig = RecordedRig()
    rig.wants(a_candidate(symbol=ETH))
    trace = rig.trade(ETH).plan.trade_id
    rig.rejects(Leg.ENTRY, "insufficient_margin", ETH)
    story = tell(rig.journal, trace)
    assert story.outcome == "aborted"
    assert in_order(
        texts(story),
        "entry rejected: insufficient_margin",
        "given up without a fill: insufficient_margin",
        "the venue would not have the entry",
    )


def test_a_liquidation_is_part_of_the_story() -> None:
    rig = RecordedRig()
    rig.opens(a_candidate(), "100")
    trace = rig.trade().plan.trade_id
    rig.hears(rig.stray_fill(Side.SELL, "5", "60", client_id="autoclose-1"))
    story = tell(rig.journal, trace)
    assert in_order(texts(story), "order autoclose-1 of the venue filled", "out: liquidation at 60")


def test_a_journal_that_lost_the_birth_of_a_signal_says_so(day: list[Entry]) -> None:
    trace = traces(day, EntryApproved)[0]
    born_ms = subject_of(trace).born_ms
    lost = [
        e for e in day if not (isinstance(e.heard, MarketAdvanced) and e.heard.at_ms == born_ms)
    ]
    story = tell(lost, trace)
    assert any("born at is not in the journal" in gap for gap in story.missing)
