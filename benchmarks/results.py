"""Figures as they come: a JSON line each, and in the end a table a person can read."""

import json
import sys
from statistics import median
from typing import Any

Row = dict[str, Any]
_ORDER = ("name", "figure", "value", "unit", "target")


class Results:
    """Takes figures in, tells each at once as a JSON line on standard output."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def add(self, name: str, figure: str, value: float, unit: str, **more: object) -> None:
        """Tell one figure. *more* is shown to machines, and `note` and `target` to people, too."""
        row: Row = {"name": name, "figure": figure, "value": rounded(value), "unit": unit, **more}
        self._rows.append(row)
        print(json.dumps(row), flush=True)

    def skip(self, name: str, reason: str) -> None:
        """Tell that a part was not measured, and why."""
        row: Row = {"name": name, "figure": "skipped", "value": None, "unit": "", "note": reason}
        self._rows.append(row)
        print(json.dumps(row), flush=True)

    def table(self) -> None:
        """Write all figures as a table on standard error."""
        head = ("what", "figure", "value", "unit", "target, note")
        cells = [head, *(_cells(row) for row in self._rows)]
        widths = [max(len(row[at]) for row in cells) for at in range(4)]
        for row in cells:
            name, figure, value, unit, note = row
            line = (
                f"{name:<{widths[0]}}  {figure:<{widths[1]}}  "
                f"{value:>{widths[2]}} {unit:<{widths[3]}}  {note}"
            )
            sys.stderr.write(line.rstrip() + "\n")


def rounded(value: float) -> float:
    """Return *value* with four significant digits, whole when it is large."""
    return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")  # noqa: PLR2004 - large


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    value = row["value"]
    shown = "-" if value is None else f"{value:,}"
    notes = [f"target {row['target']}" if "target" in row else "", str(row.get("note", ""))]
    return row["name"], row["figure"], shown, row["unit"], "; ".join(note for note in notes if note)


def middle(values: list[float]) -> float:
    """Return the median."""
    return median(values)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which *share* of *values* lie."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
