import pytest

from adapters.market_data.intervals import INTERVALS, interval_ms, interval_text
from application.errors import BadInput
from domain.market.bars import MINUTE_MS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("text", INTERVALS)
def test_an_interval_is_written_as_it_is_read(text: str) -> None:
    assert interval_text(interval_ms(text)) == text


def test_an_interval_without_a_name_is_told_in_minutes() -> None:
    assert interval_text(7 * MINUTE_MS) == "7m"


def test_an_unknown_interval_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="1m, 3m, 5m"):
        interval_ms("7m")
