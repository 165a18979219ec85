"""How the run was conducted: what was refused, when the emergency stop moved, who voted."""

from collections.abc import Mapping
from typing import Final

from adapters.reporting import wording
from adapters.reporting.markup import (
    NO_HTML,
    Cell,
    Html,
    folded,
    joined,
    paragraph,
    subheading,
    table,
)
from application.results import RunResult

LATEST_CHANGES: Final = 200
FITS_SHOWN: Final = 20
SILENCE_LEAST: Final = 0.25


def refusal_tables(result: RunResult) -> Html:
    """Return why there was no trade: by gate, by reason, and what was never proposed."""
    gates = sorted(result.checks.items(), key=lambda one: -one[1][2])
    most = max((counts[2] for _, counts in gates), default=0)
    rows = [
        (
            wording.spoken(gate),
            f"{asked:,}",
            f"{reduced:,}",
            f"{objected:,}",
            _meter(objected, asked, most),
        )
        for gate, (asked, reduced, objected) in gates
    ]
    heads = ("Gate", "Asked", "Reduced", "Objected", Cell("Of asked", "word"))
    return joined(
        _silence(result),
        paragraph("Every gate is asked of every entry proposed, so one refusal may count in many."),
        subheading("By gate"),
        table("Refusals by gate", heads, rows) if rows else paragraph("No entry was proposed."),
        subheading("Refusals by reason"),
        _tally("Refusals by reason", "Reason", result.refusals),
        subheading("Signals skipped before a proposal"),
        _tally("Signals skipped", "Reason", result.skips),
    )


def mode_table(result: RunResult) -> Html:
    """Return the changes of the emergency stop, newest last."""
    changes = result.mode_changes
    if not changes:
        return paragraph("The emergency stop stayed at NORMAL throughout.")
    rows = [
        (
            wording.moment(change.at_ms),
            Cell(f"{change.old} to {change.new}", "bad" if change.new == "EMERGENCY" else ""),
            Cell(", ".join(wording.spoken(cause) for cause in change.causes) or wording.NOTHING),
            wording.percent(change.drawdown),
            wording.percent(change.daily_loss),
            wording.money(change.equity),
            f"{len(change.closing)}",
        )
        for change in changes[-LATEST_CHANGES:]
    ]
    heads = ("When, UTC", "Change", "Cause", "Drawdown", "Daily loss", "Equity, USD", "Closed")
    body = table("Changes of the emergency stop", heads, rows, words=3)
    if len(changes) > LATEST_CHANGES:
        body = joined(body, paragraph(f"The latest {LATEST_CHANGES} of {len(changes):,} changes."))
    return folded(f"Emergency stop: {wording.counted(len(changes), 'change')}", body)


def fit_table(result: RunResult) -> Html:
    """Return what each voter learned from, and when it then voted."""
    rows = [
        (
            fit.model,
            wording.moment(fit.trained_from_ms),
            wording.moment(fit.trained_until_ms),
            wording.moment(fit.applied_until_ms),
            f"{fit.rows:,}",
        )
        for fit in result.fits
    ]
    heads = ("Voter", "Trained from, UTC", "Trained until", "Voted until", "Rows")
    body = table("Fits of the voters", heads, rows)
    said = paragraph("Each fit votes only after the last moment it learned from.")
    if len(rows) <= FITS_SHOWN:
        return joined(said, body)
    return joined(said, folded(f"All {len(rows):,} fits", body))


def _silence(result: RunResult) -> Html:
    """Say when the run went on for long without an entry: a desk that never trades is no safe one.

    Long is `SILENCE_LEAST` of the run.
    """
    last_ms = max((trade.entry_ms for trade in result.trades), default=result.from_ms)
    silent_ms, whole_ms = result.until_ms - last_ms, result.until_ms - result.from_ms
    if whole_ms <= 0 or silent_ms < SILENCE_LEAST * whole_ms:
        return NO_HTML
    share = wording.percent(silent_ms / whole_ms, 0)
    return paragraph(
        f"No closed trade began in the last {wording.lasting(silent_ms)}: {share} of the run.",
        "bad",
    )


def _tally(caption: str, head: str, counts: Mapping[str, int]) -> Html:
    """Return *counts*, the most frequent first, with bars."""
    if not counts:
        return paragraph("None.")
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    total, most = sum(counts.values()), ranked[0][1]
    rows = [
        (
            wording.spoken(str(reason)),
            f"{times:,}",
            _meter(times, total, most),
        )
        for reason, times in ranked
    ]
    return table(caption, (head, "Times", Cell("Of all", "word")), rows)


def _meter(times: int, of: int, most: int) -> Cell:
    """Return the share of *times* in *of*, with a bar as long as *times* is beside *most*."""
    shown = wording.percent(times / of if of else None, 1)
    return Cell(shown, "meter", times / most if most else None)
