"""An evaluation in the terminal."""

from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from adapters.reporting.evaluation_rows import headline, notes, tables
from application.evaluation import Evaluation

_WIDTH: Final = 120


def show_evaluation(told: Evaluation) -> None:
    """Print the verdict and every table."""
    console = Console()
    if not console.is_terminal:
        # A file or a pipe has no width of its own: no figure shall be cut off there.
        console = Console(width=_WIDTH)
    for line in headline(told):
        console.print(line)
    for rows in tables(told):
        table = Table(title=rows.title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for place, head in enumerate(rows.heads):
            table.add_column(head, justify="right" if place else "left")
        for row in rows.rows:
            table.add_row(*row)
        console.print(table)
    for line in notes(told):
        console.print(line)
