"""How the run was conducted: what was refused, when the emergency stop moved, who voted."""

from collections.abc import Mapping
from typing import Final

from adapters.reporting import wording
from adapters.reporting.markup import Cell, Html, folded, joined, paragraph, subheading, table
from application.results import RunResult

LATEST_CHANGES: Final = 200
FITS_SHOWN: Final = 20


def refusal_tables(result: RunResult) -> Html:
    """Return why there was no trade: by gate, by reason, and what was never proposed."""
    gates = sorted(result.checks.items(), key=lambda one: -one[1][2])
    most = max((counts[2] for _, counts in gates), default=0)
    rows = [
        (
            wording.spoken(gate),
            f"{asked:,}",
            f"{reduced:,}",
            Cell(f"{objected:,}", share=objected / most if most else None),
            wording.percent(objected / asked if asked else None, 1),
        )
        for gate, (asked, reduced, objected) in gates
    ]
    heads = ("Gate", "Asked", "Reduced", "Objected", "Of asked")
    return joined(
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
    return folded(f"Emergency stop: {len(changes):,} changes", body)


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


def _tally(caption: str, head: str, counts: Mapping[str, int]) -> Html:
    """Return *counts*, the most frequent first, with bars."""
    if not counts:
        return paragraph("None.")
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    total, most = sum(counts.values()), ranked[0][1]
    rows = [
        (
            wording.spoken(str(reason)),
            Cell(f"{times:,}", share=times / most if most else None),
            wording.percent(times / total if total else None, 1),
        )
        for reason, times in ranked
    ]
    return table(caption, (head, "Times", "Of all"), rows)
