"""The books balance to the last decimal: the desk's, the venue's, and the files written of them.

final equity = deposits + realised - fees - funding + unrealised
"""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from domain.decision.facts import TradeClosed
from domain.execution.trade import Trade
from domain.portfolio.book import Book
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from tests.command import Files, market_on_disk, quantum_trader
from tests.played import Played, play
from tests.storm import storm

pytestmark = pytest.mark.integration

D = Decimal
SEEDS = range(100, 140)


@pytest.fixture(scope="module")
def played() -> dict[int, Played]:
    """Play a few dozen storms to their end."""
    return {seed: play(storm(seed), skipping=True) for seed in SEEDS}


def test_the_book_of_the_desk_is_the_ledger_of_the_venue(played: dict[int, Played]) -> None:
    for seed, run in played.items():
        book: Book = run.state.book
        ours = (book.deposits, book.realised, book.fees, book.funding)
        assert ours == run.ledger[:4], f"seed {seed}"
        held = {symbol: (one.quantity, one.cost) for symbol, one in book.positions.items()}
        assert held == run.positions, f"seed {seed}"


def test_final_equity_is_what_came_in_and_what_was_earned_less_what_was_paid(
    played: dict[int, Played],
) -> None:
    """Worked out anew from the fills alone, in another way than the ledger keeps it."""
    for seed, run in played.items():
        deposits, realised, fees, funding, equity = run.ledger
        cash, held = ZERO, dict[str, Decimal]()
        for fill in run.recorder.fills:
            signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
            cash -= signed * fill.price
            held[fill.symbol] = held.get(fill.symbol, ZERO) + signed
        assert {s: q for s, q in held.items() if q} == {s: q for s, (q, _) in run.positions.items()}
        cost = sum((cost for _, cost in run.positions.values()), ZERO)
        assert cash == realised - cost, f"seed {seed}: realised"
        assert fees == sum((fill.fee for fill in run.recorder.fills), ZERO), f"seed {seed}"
        unrealised = run.venue.unrealised()
        assert equity == deposits + realised - fees - funding + unrealised, f"seed {seed}"


def test_what_trades_earned_and_what_is_open_add_up_to_the_ledger(
    played: dict[int, Played],
) -> None:
    for seed, run in played.items():
        _, realised, fees, funding, _ = run.ledger
        trades: list[Trade | TradeClosed] = [*run.recorder.trades, *run.state.trades.values()]
        assert realised == sum((each.realised for each in trades), ZERO), f"seed {seed}"
        assert fees == sum((each.fees for each in trades), ZERO), f"seed {seed}"
        assert funding == sum((each.funding for each in trades), ZERO), f"seed {seed}"
        for trade in run.recorder.trades:
            assert trade.net_pnl == trade.realised - trade.fees - trade.funding


def test_the_storms_pay_funding_and_leave_positions_open(played: dict[int, Played]) -> None:
    """What is checked above is not checked on nothing."""
    assert sum(1 for run in played.values() if run.ledger[3]) > 5
    assert sum(1 for run in played.values() if run.positions) > 3
    assert sum(len(run.recorder.fills) for run in played.values()) > 500


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return market_on_disk(tmp_path_factory.mktemp("market"))


@pytest.mark.parametrize("kind", ["backtest", "paper"])
def test_summary_and_files_of_a_run_tell_the_same_money(
    kind: str, files: Files, tmp_path: Path
) -> None:
    trades, fills = tmp_path / "trades.csv", tmp_path / "fills.csv"
    told = quantum_trader(
        *getattr(files, kind), "--run-dir", tmp_path / "run", f"--trades-out={trades}",
        f"--fills-out={fills}",
    )  # fmt: skip
    assert told.code == 0
    with trades.open(newline="") as text:
        closed = list(csv.DictReader(text))
    with fills.open(newline="") as text:
        filled = list(csv.DictReader(text))
    assert len(closed) == told.json["trades"] > 20
    assert len(filled) == told.json["fills"]
    for row in closed:
        paid = D(row["fees"]) + D(row["funding"])
        assert D(row["net_pnl"]) == D(row["realised"]) - paid
    assert told.json["wins"] == sum(1 for row in closed if D(row["net_pnl"]) > 0)
    identity = told.json["identity"]
    assert identity["holds"] is True
    assert D(identity["equity"]) == (
        D(identity["deposits"])
        + D(identity["realised"])
        - D(identity["fees"])
        - D(identity["funding"])
        + D(identity["unrealised"])
    )
    assert D(identity["fees"]) == sum((D(row["fee"]) for row in filled), ZERO)
