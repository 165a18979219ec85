import random
from itertools import pairwise

import pytest

from application.inbox import Inbox
from domain.decision.messages import Candidate, ClockTicked, Heard, MarketAdvanced
from domain.execution.messages import OrderAccepted
from domain.market.messages import Bulletin, Jolt, PredictedFunding, Regime
from tests.builders import BTC, START_MS, a_candidate

pytestmark = pytest.mark.unit

ETH, SOL = "ETHUSDT", "SOLUSDT"
TTL_MS = 60_000


def market(
    symbol: str, at_ms: int = START_MS, price: float = 1.0, candidates: tuple[Candidate, ...] = ()
) -> MarketAdvanced:
    return MarketAdvanced(at_ms, ((symbol, price),), 0.0, (), candidates)


async def drained(inbox: Inbox) -> list[Heard]:
    return [await inbox.get() for _ in range(len(inbox))]


async def test_markets_of_what_is_held_are_heard_before_the_rest() -> None:
    inbox = Inbox(held=lambda: {SOL})
    for symbol in (BTC, ETH, SOL):
        inbox.put(market(symbol))
    report = OrderAccepted(START_MS, "id", BTC)
    inbox.put(report)
    assert await drained(inbox) == [report, market(SOL), market(BTC), market(ETH)]


async def test_who_is_held_is_asked_at_the_moment_of_serving() -> None:
    held: set[str] = set()
    inbox = Inbox(held=lambda: held)
    inbox.put(market(BTC))
    inbox.put(market(ETH))
    held.add(ETH)
    assert await inbox.get() == market(ETH)


async def test_an_event_of_many_symbols_counts_as_held_if_one_of_them_is() -> None:
    inbox = Inbox(held=lambda: {SOL})
    both = MarketAdvanced(START_MS, ((ETH, 1.0), (SOL, 2.0)), 0.0, (), ())
    inbox.put(market(BTC))
    inbox.put(both)
    assert await inbox.get() == both


async def test_a_newer_event_takes_the_place_of_the_quiet_one_before_it() -> None:
    inbox = Inbox()
    inbox.put(market(BTC, START_MS, 1.0))
    inbox.put(market(ETH))
    inbox.put(market(BTC, START_MS + 1, 2.0))
    assert inbox.conflated == 1
    first, second = await drained(inbox)
    assert (first.at_ms, second) == (START_MS + 1, market(ETH))
    assert isinstance(first, MarketAdvanced)
    assert first.marks == ((BTC, 2.0),)


async def test_an_event_with_a_fresh_candidate_never_gives_way() -> None:
    inbox = Inbox(fresh_from_ms=lambda: START_MS)
    older = market(BTC, START_MS, candidates=(a_candidate(),))
    inbox.put(older)
    inbox.put(market(BTC, START_MS + 1))
    assert inbox.conflated == 0
    assert await drained(inbox) == [older, market(BTC, START_MS + 1)]


async def test_a_candidate_older_than_an_entry_lives_is_dropped_and_its_market_still_heard() -> (
    None
):
    now = START_MS
    inbox = Inbox(fresh_from_ms=lambda: now - TTL_MS)
    inbox.put(market(BTC, START_MS, candidates=(a_candidate(),)))
    inbox.put(market(ETH, START_MS + 1, candidates=(a_candidate(),)))
    now = START_MS + TTL_MS + 1
    stale, fresh = await drained(inbox)
    assert stale == market(BTC, START_MS)
    assert isinstance(fresh, MarketAdvanced)
    assert len(fresh.candidates) == 1
    assert inbox.stale == 1


async def test_the_height_of_equity_in_what_gave_way_is_told_with_the_next_event() -> None:
    inbox = Inbox(equity=lambda marks: 100.0 * marks[0][1])
    for at, price in enumerate((1.0, 3.0, 2.0)):
        inbox.put(market(BTC, START_MS + at, price))
    (heard,) = await drained(inbox)
    assert isinstance(heard, MarketAdvanced)
    assert heard.marks == ((BTC, 2.0),)
    assert heard.high_equity == 300.0
    assert heard.passed == ((START_MS, 100.0), (START_MS + 1, 300.0))
    inbox.put(market(BTC, START_MS + 9, 1.0))
    assert await inbox.get() == market(BTC, START_MS + 9, 1.0)


async def test_turns_and_news_of_what_gave_way_are_told_with_the_next_event() -> None:
    inbox = Inbox(size_max=2)
    funding, jolt = PredictedFunding(BTC, 0.1, START_MS), Jolt(ETH, 0.2, 0.0)
    first = market(BTC)._replace(
        turns=((BTC, Regime.RANGE),), bulletin=Bulletin(funding=(funding,))
    )
    inbox.put(first)
    inbox.put(market(BTC, START_MS + 1)._replace(turns=((BTC, Regime.TREND_UP),)))
    inbox.put(OrderAccepted(START_MS, "id", BTC))
    inbox.put(market(ETH)._replace(bulletin=Bulletin(jolts=(jolt,))))  # sheds that of BTC
    _, heard = await drained(inbox)
    assert isinstance(heard, MarketAdvanced)
    assert heard.turns == ((BTC, Regime.TREND_UP),)
    assert heard.bulletin == Bulletin(funding=(funding,), jolts=(jolt,))


@pytest.mark.parametrize("seed", range(20))
async def test_under_any_load_no_report_waits_for_a_market_and_each_keeps_its_order(
    seed: int,
) -> None:
    rng = random.Random(seed)
    inbox = Inbox(held=lambda: {BTC})
    reports: list[Heard] = []
    heard: list[Heard] = []
    for at in range(400):
        if rng.random() < 0.2:
            reports.append(ClockTicked(START_MS + at))
            inbox.put(reports[-1])
        else:
            inbox.put(market(rng.choice((BTC, ETH, SOL)), START_MS + at))
        if rng.random() < 0.3:
            waiting = len(reports) > sum(isinstance(one, ClockTicked) for one in heard)
            heard.append(await inbox.get())
            assert isinstance(heard[-1], ClockTicked) or not waiting
    heard += await drained(inbox)
    assert [one for one in heard if isinstance(one, ClockTicked)] == reports
    for symbol in (BTC, ETH, SOL):
        times = [
            one.at_ms
            for one in heard
            if isinstance(one, MarketAdvanced) and one.marks[0][0] == symbol
        ]
        assert all(one < other for one, other in pairwise(times))
