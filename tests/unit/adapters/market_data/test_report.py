import json

import pytest

from adapters.market_data.report import GAPS_LISTED, Finding, Flaw, Gap, Report, gap_lines, iso

pytestmark = pytest.mark.unit

REPORT = Report("x.csv", "BTCUSDT", 60_000, 3, 60_000, 240_000, (), ())


def test_a_report_as_json_is_plain_and_complete() -> None:
    finding, gap = Finding(Flaw.GAP, 1, 2), Gap(60_000, 240_000, 2)
    document = REPORT._replace(findings=(finding,), gaps=(gap,)).as_json()
    assert json.loads(json.dumps(document)) == document
    assert document["interval"] == "1m"
    assert document["first"] == "1970-01-01T00:01:00Z"
    assert document["missing_bars"] == 2
    assert document["findings"][0]["refused"] is False


def test_a_long_list_of_gaps_is_cut_and_says_so() -> None:
    gaps = tuple(Gap(60_000, 180_000, 1) for _ in range(GAPS_LISTED + 5))
    lines = list(gap_lines(REPORT._replace(gaps=gaps)))
    assert len(lines) == GAPS_LISTED + 1
    assert lines[-1] == "and 5 gaps more"


def test_no_time_is_written_as_nothing() -> None:
    assert iso(0) == ""
