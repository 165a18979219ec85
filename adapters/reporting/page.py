"""The page a person reads after a run: one HTML file that needs nothing else."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from adapters.reporting.files import replacing
from application.results import RunResult
from domain.market.bars import BarColumns


def write_page(
    result: RunResult, market: Mapping[str, BarColumns], path: Path, notes: Mapping[str, str]
) -> Path:
    """Write the page of *result* to *path* and return it."""
    del market, notes
    with replacing(path) as partial:
        partial.write_text(f"<!doctype html><title>{escape(result.run_id)}</title>")
    return path
