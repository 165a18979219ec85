"""What was heard, said and asked, in plain words: shares in per cent, times left to the reader."""

from math import isnan
from typing import assert_never

from application.projections.numerals import number, percent, plain
from application.projections.order_wording import leg
from domain.ai.prediction import Prediction
from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
    OrderRefusedByVenue,
    RiskModeChanged,
    SignalSkipped,
    StopPlaced,
    TradeAborted,
    TradeClosed,
    TradeExecuted,
)
from domain.decision.messages import Candidate
from domain.decision.safety_facts import GateFailed, OrderInDoubt, ShadowClosed, ShadowOpened
from domain.risk.verdict import Check
from domain.shared.enums import Action, Side

Told = (
    SignalSkipped
    | EntryRefused
    | EntryApproved
    | GateFailed
    | ShadowOpened
    | ShadowClosed
    | TradeExecuted
    | StopPlaced
    | TradeClosed
    | TradeAborted
    | RiskModeChanged
    | OrderRefusedByVenue
    | OrderInDoubt
)


def signal(candidate: Candidate) -> list[str]:
    """Tell what stood at the beginning: the market, and what each voter answered."""
    quote = candidate.quote
    atr = "unknown" if isnan(quote.atr_fraction) else percent(quote.atr_fraction)
    spread = percent(quote.spread_fraction)
    lines = [
        (
            f"signal on {quote.symbol} at {plain(quote.price)} ({quote.source.value} prices): "
            f"regime {quote.regime.value}, ATR {atr} of price, spread {spread}"
        )
    ]
    if quote.fault is not None:
        lines.append(f"  its data are not whole: {quote.fault.value}")
    lines += [f"  {_vote(vote)}" for vote in candidate.votes]
    wishes = (("stop", candidate.stop), ("target", candidate.target))
    return lines + [f"  a voter asks for a {n} at {plain(p)}" for n, p in wishes if p is not None]


def _vote(vote: Prediction) -> str:
    if not 0.0 <= vote.confidence <= 1.0:
        return f"{vote.model} abstains"
    note = " (a fallback rule: it has no vote)" if vote.fallback else ""
    return f"{vote.model}: {vote.action.value}, confidence {vote.confidence:.3f}{note}"


def said(fact: Told) -> list[str]:  # noqa: C901, PLR0911 - a total dispatch
    """Tell a fact of the desk."""
    match fact:
        case SignalSkipped():
            return [_skipped(fact)]
        case EntryRefused():
            return _refused(fact)
        case EntryApproved():
            return _approved(fact)
        case TradeExecuted():
            return [
                (
                    f"in: {_position(fact.side)} {plain(fact.quantity)} at {plain(fact.price)}, "
                    f"{plain(fact.size_usd)} USD; slippage {plain(fact.slippage)} a unit"
                )
            ]
        case StopPlaced():
            return [f"the venue holds the stop at {plain(fact.stop)}"]
        case TradeClosed():
            return _closed(fact)
        case TradeAborted():
            return [f"given up without a fill: {fact.reason}"]
        case RiskModeChanged():
            causes = ", ".join(str(cause) for cause in fact.causes) or "calm"
            return [
                (
                    f"the emergency stop goes from {fact.old} to {fact.new}: {causes} "
                    f"(drawdown {percent(fact.drawdown)}, today {percent(fact.daily_loss)} lost)"
                )
            ]
        case GateFailed() | ShadowOpened() | ShadowClosed():
            return [_besides(fact)]
        case OrderRefusedByVenue():
            return [f"the venue would not have the {leg(fact.client_id)}: {fact.code}"]
        case OrderInDoubt():
            return [f"nobody knows what became of the {leg(fact.client_id)}: {fact.evidence}"]
        case _:
            assert_never(fact)


def _besides(fact: GateFailed | ShadowOpened | ShadowClosed) -> str:
    match fact:
        case GateFailed():
            return f"the gate {fact.gate} failed, which refuses the entry: {fact.error}"
        case ShadowOpened():
            return (
                f"taken on paper instead: {number(fact.notional)} USD, "
                f"stop {number(fact.stop)}, target {number(fact.target)}"
            )
        case ShadowClosed():
            return f"paper trade over: {fact.reason}, {fact.pnl:+.2f} USD after costs"
        case _:
            assert_never(fact)


def _skipped(fact: SignalSkipped) -> str:
    noisy = "; the voters contradict each other" if fact.is_noisy else ""
    if fact.action is Action.HOLD and fact.reason == "no_direction":
        return f"skipped: the voters do not agree on a direction{noisy}"
    return (
        f"skipped: the voters say {fact.action.value}, but {fact.reason}: "
        f"{number(fact.value)} against {number(fact.limit)}{noisy}"
    )


def _refused(fact: EntryRefused) -> list[str]:
    names = ", ".join(str(each) for each in fact.objections)
    head = (
        f"refused: {fact.side.value} at {plain(fact.price)}, confidence "
        f"{fact.confidence:.3f}, policy {fact.policy_version}: {names}"
    )
    lines = [head, *(f"  {gate(check)}" for check in fact.checks)]
    wanted = [needed(check) for check in fact.checks if check.objection is not None]
    return [*lines, f"would have passed with: {'; '.join(wanted)}"] if wanted else lines


def _approved(fact: EntryApproved) -> list[str]:
    return [
        (
            f"approved: {fact.side.value} {plain(fact.quantity)} at {plain(fact.price)} = "
            f"{plain(fact.notional)} USD, leverage {fact.leverage}, by {', '.join(fact.models)}"
        ),
        (
            f"  confidence {fact.confidence:.3f}, agreement {percent(fact.agreement)}, stop "
            f"{percent(fact.stop)} away, targets {percent(fact.reward)} on average, size x "
            f"{number(float(fact.factor))}, policy {fact.policy_version}"
        ),
        *(f"  {gate(check)}" for check in fact.checks),
    ]


def _closed(fact: TradeClosed) -> list[str]:
    held = (fact.at_ms - fact.entry_ms) / 60_000
    return [
        f"out: {fact.reason} at {plain(fact.exit_price)} after {number(held)} minutes",
        (
            f"  realised {plain(fact.realised)} - fees {plain(fact.fees)} - funding "
            f"{plain(fact.funding)} = net {plain(fact.net_pnl)} USD, {fact.net_r:+.2f} R"
        ),
    ]


def needed(check: Check) -> str:
    """Tell what would have let *check* pass, all else as it was."""
    if check.value == check.limit:
        return f"{check.gate}: its objection ({check.objection}) gone"
    bound = "at most" if check.value > check.limit else "at least"
    return f"{check.gate} {bound} {number(check.limit)} (was {number(check.value)})"


def gate(check: Check) -> str:
    """Tell one gate's verdict, with what it saw and its limit."""
    against = f"{number(check.value)} against {number(check.limit)}"
    if check.objection is not None:
        off = abs(check.value - check.limit)
        return f"{check.gate} OBJECTS: {check.objection.value}, {against} (off by {number(off)})"
    verdict = "allows" if check.factor == 1 else f"reduces to x {number(float(check.factor))}"
    return f"{check.gate} {verdict}: {against}"


def _position(side: Side) -> str:
    return "long" if side is Side.BUY else "short"
