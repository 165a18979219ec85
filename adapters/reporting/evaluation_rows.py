"""The tables of an evaluation as rows of text, for the terminal and for the page alike."""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import isnan
from typing import NamedTuple

from application.evaluation import Evaluation, Part


class Rows(NamedTuple):
    """One table: its title, the heads of its columns, and its rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def headline(told: Evaluation) -> tuple[str, ...]:
    """Return the verdict in plain words, a line each."""
    beaten = f"{told.random_share_beaten:.0%} of the random runs beaten"
    lines = [
        f"Verdict: {told.verdict.upper()}",
        (
            f"Deflated Sharpe {number(told.deflated_sharpe)} over {told.trials} trials; "
            f"probability of back-test over-fitting {percent(told.overfitting)}; {beaten}"
        ),
    ]
    if told.objections:
        lines[1:1] = [f"These voters show no edge on this history: {'; '.join(told.objections)}."]
    return tuple(lines)


def tables(told: Evaluation) -> tuple[Rows, ...]:
    """Return all tables, the most important first."""
    return (
        _strategies(told),
        _splits(told),
        _parts("By symbol", told.by_symbol),
        _parts("By regime at the signal", told.by_regime),
        _voters(told),
    )


def _strategies(told: Evaluation) -> Rows:
    span = f"{day(told.from_ms)} to {day(told.until_ms)}"
    heads = ("strategy", "return", "Sharpe", "95% CI", "drawdown", "trades", "hits")
    return Rows(
        f"Out of sample, {span}, net of {told.cost_side:.2%} a side and funding",
        (*heads, "net a trade", "turnover"),
        tuple(
            (
                one.name,
                percent(one.net_return),
                number(one.sharpe),
                f"{number(one.sharpe_low)}..{number(one.sharpe_high)}",
                percent(one.drawdown),
                f"{one.trades:,}",
                percent(one.hit_rate),
                "-" if isnan(one.mean_net) else f"{one.mean_net:+.3%}",
                number(one.turnover),
            )
            for one in told.strategies
        ),
    )


def _splits(told: Evaluation) -> Rows:
    return Rows(
        "Splits: learnt from, then judged on",
        ("step", "learnt from", "until", "judged from", "until"),
        tuple(
            (
                str(step),
                day(one.trained_from_ms),
                day(one.trained_until_ms),
                day(one.judged_from_ms),
                day(min(one.judged_until_ms, told.until_ms)),
            )
            for step, one in enumerate(told.splits, start=1)
        ),
    )


def _voters(told: Evaluation) -> Rows:
    return Rows(
        "Calibration out of sample",
        ("voter", "answers", "AUC", "Brier", "ECE"),
        tuple(
            (
                one.voter,
                f"{one.answers:,}",
                number(one.auc, 3),
                number(one.brier, 4),
                number(one.ece, 4),
            )
            for one in told.calibration
        ),
    )


def _parts(title: str, parts: Iterable[Part]) -> Rows:
    return Rows(
        title,
        (title.split()[1], "trades", "hit rate", "return", "net a trade"),
        tuple(
            (
                one.name,
                f"{one.trades:,}",
                percent(one.hit_rate),
                percent(one.net_return),
                "-" if isnan(one.mean_net) else f"{one.mean_net:+.3%}",
            )
            for one in parts
        ),
    )


def notes(told: Evaluation) -> tuple[str, ...]:
    """Return what else must be said."""
    lines = [
        "Returns are sums over one constant notional spread evenly over the symbols; no leverage.",
        (
            "The voters' agreed side enters at the next open; barriers and time-out are those of"
            " the labels. The governed run with all its gates is `quantum-trader backtest`."
        ),
    ]
    if told.degenerate:
        lines.append(f"Degenerate, abstained: {', '.join(told.degenerate)}.")
    if told.suspicious:
        lines.append(f"SUSPICIOUS, knows the future: {', '.join(told.suspicious)}.")
    return tuple(lines)


def day(at_ms: int) -> str:
    """Return the UTC day of *at_ms*."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")


def percent(share: float) -> str:
    """Return *share* in per cent; a dash for a NaN."""
    return "-" if isnan(share) else f"{share:.1%}"


def number(value: float, digits: int = 2) -> str:
    """Return *value* with *digits* behind the point; a dash for a NaN."""
    return "-" if isnan(value) else f"{value:.{digits}f}"
