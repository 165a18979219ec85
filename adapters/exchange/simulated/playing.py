"""How an interval is played: what happens next, anywhere, and in which order at one instant.

At one instant: the next bar of a path opens, then funding, then arrivals in the order of sending,
then resting orders touched, one at a time; liquidation comes last, so a stop saves what it can.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import inf

from adapters.exchange.simulated.acceptance import UNKNOWN_ORDER
from adapters.exchange.simulated.floor import Floor
from adapters.exchange.simulated.margin import crossing, in_danger
from adapters.exchange.simulated.matching import arrive, cancel, fire, liquidate
from adapters.exchange.simulated.orders import Cancel, Order
from adapters.exchange.simulated.path import Walk
from domain.execution.messages import FundingSettled, OrderRejected, Report
from domain.market.bars import Bar, FundingRate
from domain.shared.amounts import money
from domain.shared.errors import InvariantBroken


def begin(
    floor: Floor,
    bars: Sequence[Bar],
    funding: Sequence[FundingRate],
    finer: Mapping[str, Sequence[Bar]],
) -> None:
    """Lay out the interval of *bars*."""
    if floor.playing or not bars:
        raise InvariantBroken("an interval begins with bars, after the one before is over")
    end = bars[0].close_ms
    start = bars[0].open_ms
    markets = floor.markets
    laid: dict[str, Bar] = {}
    busy: list[str] = []
    for bar in bars:
        symbol = bar.symbol
        market = markets.get(symbol)
        if market is None or bar.close_ms != end:
            raise InvariantBroken("bars of an interval share their close and have an instrument")
        start = min(start, bar.open_ms)
        laid[symbol] = bar
        if market.resting or market.pending:
            busy.append(symbol)
    floor.bars = laid
    floor.start = floor.now = float(start)
    floor.end = float(end)
    floor.finer = finer
    floor.funding = sorted(funding, key=_latest_first) if funding else []
    floor.judged = -1
    if floor.fresh:
        _send_back(floor, start)
    floor.playing = True
    for symbol in busy:
        floor.walks[symbol] = floor.walk_from_start(symbol)


def advance(floor: Floor, until_ms: int | None = None) -> list[Report]:
    """Play on to the next instant with reports and return them.

    [] when the interval is over, or when *until_ms* came first and is before its end.
    """
    limit = floor.end if until_ms is None else min(max(until_ms, floor.now), floor.end)
    while floor.playing:
        # Danger first: it puts every symbol held on its path, so that no corner is overlooked.
        danger = bool(floor.account.positions) and _endangered(floor)
        walk = _soonest_walk(floor)
        acts = inf if walk is None else walk.due
        arrives = _soonest_arrival(floor) if floor.queue else inf
        settles = max(floor.funding[-1].at_ms, floor.now) if floor.funding else inf
        soonest = min(acts, arrives, settles)
        over = soonest > limit
        time = limit if over else max(floor.now, soonest)
        ends = over and limit == floor.end
        if danger:
            gone = _gone(floor, time, is_end=ends)
            if gone is not None:
                floor.now = gone
                return liquidate(floor)
        floor.now = time
        if ends:
            _end(floor)
        elif over:
            return []
        elif walk is not None and walk.hit is None and acts <= min(arrives, settles):
            walk.turn()
        else:
            reports = _happen(floor, walk, (acts, arrives, settles))
            if reports:
                return reports
    return []


def _send_back(floor: Floor, start: int) -> None:
    """Take out of the books what was sent for an instant after *start*."""
    for order in floor.fresh:
        if order.due_ms > start and floor.orders.get(order.client_id) is order:
            floor.lift(order)
            floor.enqueue(order)
    floor.fresh.clear()


def _happen(floor: Floor, walk: Walk | None, times: tuple[float, float, float]) -> list[Report]:
    acts, arrives, settles = times
    if settles <= arrives and settles <= acts:
        return _settle(floor)
    if arrives <= acts:
        return _deliver(floor)
    if walk is None or walk.hit is None:
        raise InvariantBroken("nothing is due that could happen")
    report = fire(floor, walk, walk.hit)
    return [] if report is None else [report]


def _soonest_walk(floor: Floor) -> Walk | None:
    best: Walk | None = None
    for walk in floor.walks.values():
        if walk.stale:
            _look_ahead(floor, walk)
        if (
            best is None
            or walk.due < best.due
            or (walk.due == best.due and walk.hit is None and best.hit is not None)
        ):
            best = walk
    return best


def _look_ahead(floor: Floor, walk: Walk) -> None:
    walk.stale = False
    if walk.row >= 0:
        if walk.time <= walk.bar.open_ms:
            walk.lean = floor.lean(walk.symbol)
            walk.decide()
        market = floor.markets[walk.symbol]
        if market.resting:
            limited = floor.rules.participation_max
            down, up = market.levels_in(walk.bar) if limited else market.levels()
            touch = walk.touch(down, up)
            if touch is not None:
                walk.due, walk.hit = touch
                return
    walk.due, walk.hit = walk.next_open(), None


def _soonest_arrival(floor: Floor) -> float:
    item = _next_arrival(floor, floor.end)
    return inf if item is None else max(item.due_ms, floor.now)


def _next_arrival(floor: Floor, until: float) -> Order | Cancel | None:
    for item in floor.queue:
        if item.due_ms > until:
            return None
        if isinstance(item, Cancel):
            return item
        walk = floor.walks.get(item.symbol)
        # An order that has used its share of the bar under way waits for the next one.
        if walk is not None and walk.row >= 0 and walk.bar.open_ms != item.bar_ms:
            return item
    return None


def _deliver(floor: Floor) -> list[Report]:
    reports: list[Report] = []
    while floor.queue and (item := _next_arrival(floor, floor.now)) is not None:
        report = _cancel(floor, item) if isinstance(item, Cancel) else arrive(floor, item)
        if report is not None:
            reports.append(report)
    return reports


def _cancel(floor: Floor, item: Cancel) -> Report:
    floor.unqueue(item)
    order = floor.orders.get(item.client_id)
    if order is None:
        return OrderRejected(int(floor.now), item.client_id, item.symbol, UNKNOWN_ORDER)
    return cancel(floor, order, "requested")


def _settle(floor: Floor) -> list[Report]:
    due = floor.funding.pop()
    position = floor.account.positions.get(due.symbol)
    if position is None:
        return []
    price = floor.markets[due.symbol].exact(floor.price(due.symbol))
    rate = Decimal(str(float(due.rate)))
    paid = money(position.quantity * price * rate)
    floor.account.pay_funding(paid)
    return [FundingSettled(int(floor.now), due.symbol, rate, paid)]


def _endangered(floor: Floor) -> bool:
    if floor.judged != floor.account.version:
        floor.judged = floor.account.version
        floor.danger = in_danger(floor)
        if floor.danger:
            for symbol in floor.account.positions:
                floor.touch(symbol)
    return floor.danger


def _gone(floor: Floor, time: float, *, is_end: bool) -> float | None:
    """Return when the margin is gone before *time*; what happens at *time* itself comes first."""
    if time == floor.now and not is_end:
        return None
    gone = crossing(floor, time)
    return None if gone == time and not is_end else gone


def _end(floor: Floor) -> None:
    for symbol, bar in floor.bars.items():
        floor.markets[symbol].mark = bar.close
    floor.playing = False
    floor.bars = {}
    floor.finer = {}
    floor.walks.clear()
    shares = floor.shares
    for symbol in floor.account.positions:
        low, high = shares.get(symbol, (-inf, inf))
        if not low < floor.markets[symbol].mark < high:
            # The band no longer tells much: measure it anew from here.
            floor.shares_version = -1


def _latest_first(due: FundingRate) -> int:
    return -due.at_ms
