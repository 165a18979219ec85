"""Funding rates and instruments from files."""

from decimal import Decimal
from pathlib import Path

import pytest

from adapters.market_data.funding import load_funding
from adapters.market_data.overrides import load_instruments
from application.errors import BadInput
from domain.market.bars import HOUR_MS, FundingRate
from tests.fakes.kline_files import START_MS, written

pytestmark = pytest.mark.integration


def test_funding_is_sorted_snapped_to_the_minute_and_only_what_is_asked_for(
    tmp_path: Path,
) -> None:
    path = written(
        tmp_path,
        [
            "time,symbol,rate",
            f"{START_MS + HOUR_MS * 8 + 7},BTCUSDT,0.0002",
            f"{START_MS + 3},BTCUSDT,0.0001",
            f"{START_MS},ETHUSDT,-0.0003",
            f"{START_MS},XRPUSDT,0.5",
        ],
    )
    assert load_funding(path, {"BTCUSDT", "ETHUSDT"}) == (
        FundingRate("BTCUSDT", START_MS, 0.0001),
        FundingRate("ETHUSDT", START_MS, -0.0003),
        FundingRate("BTCUSDT", START_MS + 8 * HOUR_MS, 0.0002),
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["never,BTCUSDT,0.0001"], "times that cannot be read"),
        ([f"{START_MS},BTCUSDT,"], "not numbers"),
        ([f"{START_MS},BTCUSDT,0.9"], "not per cent"),
        ([f"{START_MS},BTCUSDT,0.0001", f"{START_MS + 9},BTCUSDT,0.0001"], "settled twice"),
        ([f"{START_MS},BTCUSDT,much"], "unreadable"),
    ],
)
def test_wrong_funding_is_refused(tmp_path: Path, rows: list[str], told: str) -> None:
    path = written(tmp_path, ["time,symbol,rate", *rows])
    with pytest.raises(BadInput, match=told):
        load_funding(path, {"BTCUSDT"})


def test_funding_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="time, symbol, rate"):
        load_funding(written(tmp_path, ["a,b", "1,2"]), {"BTCUSDT"})
    with pytest.raises(BadInput, match="no such file"):
        load_funding(tmp_path / "none.csv", {"BTCUSDT"})


def test_instruments_are_overridden_by_symbol(tmp_path: Path) -> None:
    path = tmp_path / "instruments.toml"
    path.write_text(
        '[BTCUSDT]\ntick = "0.5"\nleverage_max = 20\nmaker_fee = "-0.0001"\n'
        'tiers = [["0", "0.01"], ["1000", "0.02"]]\n'
    )
    own = load_instruments(path)["BTCUSDT"]
    assert (own["tick"], own["leverage_max"], own["maker_fee"]) == (
        Decimal("0.5"),
        20,
        Decimal("-0.0001"),
    )
    assert own["tiers"][1].deduction == Decimal(10)


def test_every_fault_of_the_instruments_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "instruments.toml"
    path.write_text(
        'tick = "1"\n[btc]\n[BTCUSDT]\ntik = "1"\ntick = "0"\nstep = true\ntaker_fee = "-1"\n'
        'leverage_max = 1.5\nprice_band = "x"\ntiers = [["5", "0.1"]]\n'
    )
    with pytest.raises(BadInput) as caught:
        load_instruments(path)
    assert len(caught.value.problems) == 9
    assert any("tik: is not a key; use one of tick, step" in x for x in caught.value.problems)


def test_a_file_of_instruments_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read as TOML"):
        load_instruments(written(tmp_path, ["= what"], "x.toml"))


@pytest.mark.parametrize("tiers", ['"x"', "[]", '[["0"]]', '[["0", "2"]]', '[["0", "x"]]'])
def test_tiers_that_are_no_tiers_are_refused(tmp_path: Path, tiers: str) -> None:
    path = written(tmp_path, ["[BTCUSDT]", f"tiers = {tiers}"], "x.toml")
    with pytest.raises(BadInput, match="pairs that begins with floor"):
        load_instruments(path)
