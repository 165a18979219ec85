"""Scenario 3: ten per cent down in minutes, on a desk that is fully invested."""

from decimal import Decimal
from typing import Final

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import BTC, BUY, ETH, Line, Look, level_of, market_of
from bootstrap.scenarios.script import Script, close_of, unanimous
from bootstrap.scenarios.stage import Stage
from bootstrap.scenarios.witness import Sent
from domain.decision.facts import EntryRefused, RiskModeChanged, TradeClosed
from domain.decision.safety_facts import FlatProved
from domain.execution.messages import OrderKind, PlaceEntry, PlaceExit
from domain.execution.trade import ExitReason
from domain.governance.policy import ExitMode, Policy, SizingMode
from domain.risk.emergency_stop import EMERGENCY
from domain.risk.verdict import Objection
from domain.shared.enums import RunMode

D: Final = Decimal
_ENTRY_BAR: Final = 2
_CRASH_BAR: Final = 6
_LATE_BAR: Final = 20
_BARS: Final = 26
_REFUSALS: Final = (1, 5, 50)
# Of each bar's volume an order may take this share: some thousand USD.
_THIN: Final = 1e-5
_CONFIDENCE: Final = 0.8


def fully_invested() -> Policy:
    """Return a policy that puts half of equity into each symbol, its stop out of reach."""
    return Policy(
        sizing=SizingMode.EQUITY_FRACTION,
        equity_fraction=D("0.5"),
        position_usd_normal=D(100_000),
        exits=ExitMode.FRACTION,
        stop_fraction=D("0.3"),
        target_fraction=D("0.6"),
        open_risk_max=D(1),
        liquidation_stop_ratio=D(1),
        cluster_exposure_max=D(2),
        value_at_risk_max=10.0,
        entry_ttl_ms=1_800_000,
    )


def script_of(stage: Stage) -> Script:
    """Return the story: -10 to -12 % within two to four bars, and back up within the hour."""
    dice = stage.dice
    bars_down, bottom = dice.randint(2, 4), dice.uniform(0.88, 0.90)
    down = [1 - (1 - bottom) * n / bars_down for n in range(1, bars_down + 1)]
    story = [1.0] * _CRASH_BAR + down + [bottom] * 3
    story += [min(1.0, bottom + 0.03 * n) for n in range(1, _BARS - len(story) + 1)]
    bars = {}
    for symbol in (BTC, ETH):
        look = Look(level_of(symbol, dice), dice.uniform(0.003, 0.006), dice.uniform(0.0, 0.0002))
        bars[symbol] = market_of(symbol, story, look, dice)
    lines = [
        Line(bar, symbol, BUY, _CONFIDENCE) for symbol in bars for bar in (_ENTRY_BAR, _LATE_BAR)
    ]
    return Script(bars, unanimous(*lines), fully_invested())


def show(stage: Stage) -> None:
    """Show that the crash is seen, everything is closed and proved so, and that it stays closed."""
    script = script_of(stage)
    ended = stage.play("crash", script)
    _seen(stage, ended)
    _closed(stage, "crash", ended)
    _halted(stage, ended)
    tested = stage.play("backtest", script._replace(mode=RunMode.BACKTEST))
    _closed(stage, "back-test", tested)
    for times in _REFUSALS:
        name = f"first {times} closes refused"
        refused = stage.play(f"refused-{times}", script._replace(venue={"refuse_closes": times}))
        _closed(stage, name, refused)
        stage.ledger.same(f"{name}: refusals met", refused.first(FlatProved).refusals, times)
    _thin(stage, script)
    _restarted(stage, script)


def _seen(stage: Stage, ended: Ended) -> None:
    ledger, changed = stage.ledger, _activation(ended)
    ledger.key = f"epoch {changed.epoch}"
    ledger.note(
        "causes", changed.causes, "a loss of equity, or a flash move", ok=bool(changed.causes)
    )
    before = ended.said[: ended.said.index(changed)]
    realised = sum(1 for fact in before if isinstance(fact, TradeClosed))
    ledger.same("trades closed before it was seen", realised, 0)
    ledger.between("drawdown when it was seen, nothing of it realised", changed.drawdown, 0.03, 0.2)
    late_s = (changed.at_ms - close_of(_CRASH_BAR)) / 1000
    ledger.between("seconds from the first bar down to the activation", late_s, 0, 900)
    ledger.same("symbols to be closed", sorted(changed.closing), [BTC, ETH])
    closes = [each for each in ended.sent if isinstance(each.command, PlaceExit)]
    first = {s: min(c.at_ms for c in closes if _is_close(c, s)) for s in changed.closing}
    waited = {symbol: at_ms - changed.at_ms for symbol, at_ms in first.items()}
    ledger.same("ms of market time to each close request", waited, dict.fromkeys(waited, 0))


def _is_close(sent: Sent, symbol: str) -> bool:
    command = sent.command
    market = isinstance(command, PlaceExit) and command.kind is OrderKind.MARKET
    return market and command.symbol == symbol


def _activation(ended: Ended) -> RiskModeChanged:
    return ended.first(RiskModeChanged, lambda c: c.new == EMERGENCY.name)


def _closed(stage: Stage, name: str, ended: Ended) -> None:
    """Note that nothing is open, that the venue itself said so, and that no risk was added."""
    ledger, changed = stage.ledger, _activation(ended)
    proof = ended.first(FlatProved)
    took_s = proof.took_ms / 1000
    ledger.between(f"{name}: seconds until the venue said all is closed", took_s, 0, 3_600)
    ledger.same(f"{name}: epoch of the proof", proof.epoch, changed.epoch)
    reasons = {c.reason for c in ended.told(TradeClosed)}
    ledger.same(f"{name}: why trades were closed", reasons, {ExitReason.EMERGENCY})
    left = len(ended.account.positions) + len(ended.account.orders)
    ledger.same(f"{name}: positions and orders left at the venue", left, 0)
    risky = [s for s in ended.sent if isinstance(s.command, PlaceEntry)]
    after = sum(1 for each in risky if each.at_ms >= changed.at_ms)
    ledger.same(f"{name}: entries sent since", after, 0)
    ledger.same(f"{name}: audit trail verified", ended.audit_ok, True)  # noqa: FBT003 - a value to compare


def _halted(stage: Stage, ended: Ended) -> None:
    ledger = stage.ledger
    ledger.same("mode when prices are back", ended.state.stop.mode, EMERGENCY)
    mode = None if ended.latch is None else ended.latch.mode
    ledger.same("mode in the durable latch", mode, EMERGENCY)
    late = [r for r in ended.told(EntryRefused) if r.at_ms == close_of(_LATE_BAR)]
    refused = sum(1 for r in late if Objection.EMERGENCY_STOP in r.objections)
    ledger.same("signals refused when prices are back", refused, 2)
    epoch = _activation(ended).epoch
    for kind in ("emergency.triggered", "emergency.flat"):
        records = ended.records(kind, epoch=epoch)
        ledger.same(f"audit records {kind} of this epoch", len(records), 1)
    drawdown = ended.state.watch.drawdown
    # All that may come on top of what was seen: the next bar's way down, and costs.
    ledger.at_most("drawdown in the end", drawdown, _activation(ended).drawdown + 0.065)


def _thin(stage: Stage, script: Script) -> None:
    thin = stage.play("thin", script._replace(venue={"participation_max": _THIN}))
    _closed(stage, "partial fills", thin)
    for symbol in script.bars:
        fills = [fill for fill in thin.fills if fill.symbol == symbol]
        name = f"partial fills: {symbol}"
        stage.ledger.at_least(f"{name}, fills", len(fills), 5)
        signed = sum(fill.quantity * fill.side.sign for fill in fills)
        stage.ledger.same(f"{name}, sum of signed fills", signed, 0)


def _restarted(stage: Stage, script: Script) -> None:
    """Stop the daemon right after the activation, its closes on their way, and start it anew."""
    first = stage.play("before", script)
    bar = (_activation(first).at_ms - close_of(0)) // (close_of(1) - close_of(0))
    for name, outlived in (("resumed", False), ("recovered at a living venue", True)):
        ended = stage.play(
            name.replace(" ", "-"),
            script._replace(restart=bar, venue={"refuse_closes": 5}, outlived=outlived),
        )
        _continued(stage, name, ended)


def _continued(stage: Stage, name: str, ended: Ended) -> None:
    halfway, ledger = ended.halfway, stage.ledger
    open_then = 0 if halfway is None else len(halfway.account.positions)
    ledger.same(f"{name}: positions open when it was stopped", open_then, 2)
    latch = None if halfway is None else halfway.latch
    mode = None if latch is None else latch.mode
    ledger.same(f"{name}: mode in the latch then", mode, EMERGENCY)
    _closed(stage, name, ended)
    ledger.same(f"{name}: mode in the end", ended.state.stop.mode, EMERGENCY)
