"""A page as its reader gets it: tables, charts and tags."""

import json
from html.parser import HTMLParser
from typing import Any


class Reading(HTMLParser):
    """A page, read: its tables by caption, the data of its charts, its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.charts: dict[str, Any] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._rows: list[list[str]] = []
        self._open = ""
        self._chart: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
        self._chart = dict(attrs).get("data-chart")
        self._open = tag

    def handle_data(self, data: str) -> None:
        if self._chart:
            self.charts[self._chart] = json.loads(data)
        elif self._open == "caption":
            self.tables[data] = self._rows
        elif self._open in ("td", "th"):
            self._rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._open, self._chart = "", None
