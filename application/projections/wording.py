"""What was heard, said and asked, in plain words: shares in per cent, times left to the reader."""

from math import isnan
from typing import Final, assert_never

from application.projections.numerals import number, percent, plain
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
from domain.decision.safety_facts import GateFailed, ShadowClosed, ShadowOpened
from domain.execution.messages import (
    CancelOrder,
    FundingSettled,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    OrderRejected,
    PlaceEntry,
    PlaceExit,
    VenueCommand,
)
from domain.risk.verdict import Check
from domain.shared.enums import Action, Side

_LEGS: Final = {"e": "entry", "s": "stop", "t": "target", "x": "exit"}
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
)
OrderReport = OrderAccepted | OrderFilled | OrderCanceled | OrderRejected


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
    return [head, *(f"  {gate(check)}" for check in fact.checks)]


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


def gate(check: Check) -> str:
    """Tell one gate's verdict, with what it saw and its limit."""
    against = f"{number(check.value)} against {number(check.limit)}"
    if check.objection is not None:
        off = abs(check.value - check.limit)
        return f"{check.gate} OBJECTS: {check.objection.value}, {against} (off by {number(off)})"
    verdict = "allows" if check.factor == 1 else f"reduces to x {number(float(check.factor))}"
    return f"{check.gate} {verdict}: {against}"


def asked(command: VenueCommand) -> str:
    """Tell a command to the venue."""
    match command:
        case PlaceEntry():
            at = "" if command.price is None else f" at {plain(command.price)}"
            worst = "" if command.collar is None else f", no worse than {plain(command.collar)}"
            return (
                f"asked: {command.kind.value} {command.side.value} {plain(command.quantity)}{at}"
                f"{worst} ({command.client_id})"
            )
        case PlaceExit():
            size = "all" if command.quantity is None else plain(command.quantity)
            price = command.price if command.kind is OrderKind.LIMIT else command.trigger
            at = "" if price is None else f" at {plain(price)}"
            return (
                f"asked: {leg(command.client_id)}, {command.kind.value} {command.side.value} "
                f"{size}{at} ({command.client_id})"
            )
        case CancelOrder():
            return f"asked: cancel the {leg(command.client_id)} ({command.client_id})"
        case _:
            assert_never(command)


def reported(report: OrderReport) -> str:
    """Tell what the venue did with an order."""
    name = leg(report.client_id)
    match report:
        case OrderAccepted():
            return f"the venue has the {name}"
        case OrderFilled():
            rest = f", {plain(report.leaves)} to go" if report.leaves else ""
            return (
                f"{name} filled: {report.side.value} {plain(report.quantity)} at "
                f"{plain(report.price)}, fee {plain(report.fee)} USD "
                f"({report.liquidity.value.lower()}){rest}"
            )
        case OrderCanceled():
            return f"{name} canceled: {report.reason}"
        case OrderRejected():
            return f"{name} rejected: {report.code}"
        case _:
            assert_never(report)


def funded(report: FundingSettled) -> str:
    """Tell a settlement of funding."""
    verb = "paid" if report.paid >= 0 else "earned"
    return f"funding {verb}: {plain(abs(report.paid))} USD at {percent(float(report.rate))}"


def leg(client_id: str) -> str:
    """Tell what the order *client_id* is for; one that is not of the desk, by its name."""
    if not client_id.startswith("qt"):
        return f"order {client_id} of the venue"
    return _LEGS.get(client_id.rpartition("-")[2][:1], "order")


def _position(side: Side) -> str:
    return "long" if side is Side.BUY else "short"
