"""The record: what a judge from outside reads of the venue."""

import json
from pathlib import Path

import pytest

from adapters.exchange.served.record import Record
from domain.execution.messages import (
    Liquidity,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    PlaceEntry,
    PlaceExit,
    Report,
)
from domain.shared.enums import Side
from tests.unit.adapters.exchange.simulated.scene import AAA, BUY, SELL, STOP, D, entry, leave

pytestmark = pytest.mark.unit


class Times:
    now = 1_000

    def now_ms(self) -> int:
        return self.now


def accepted(record: Record, command: PlaceEntry | PlaceExit, name: str) -> None:
    record.offered(command)
    record.heard(OrderAccepted(0, name, AAA))


def fill(name: str, side: Side, quantity: str, leaves: str = "0", trade: str = "t") -> Report:
    return OrderFilled(
        0, name, AAA, side, D(quantity), D(100), D(0), Liquidity.TAKER, trade, D(leaves)
    )


def test_a_position_is_unprotected_from_its_fill_to_its_stop() -> None:
    times = Times()
    record = Record(times.now_ms)
    accepted(record, entry(BUY, "1"), "entry")
    record.heard(fill("entry", BUY, "1"))
    times.now = 1_400
    assert record.summary()["unprotected_since_ms"] == {AAA: 1_000}
    accepted(record, leave(SELL, STOP, trigger="90"), "stop")
    times.now = 9_000
    summary = record.summary()
    assert summary["unprotected_since_ms"] == {}
    assert summary["unprotected_longest_ms"] == {AAA: 400}
    record.heard(OrderCanceled(0, "stop", AAA, "requested"))
    assert record.summary()["unprotected_since_ms"] == {AAA: 9_000}


@pytest.mark.parametrize(
    ("side", "quantity", "covered"),
    [(SELL, None, True), (SELL, "2", True), (SELL, "1.9", False), (BUY, "2", False)],
)
def test_only_stops_of_the_other_side_and_of_the_whole_size_protect(
    side: Side,
    quantity: str | None,
    covered: bool,  # noqa: FBT001 - a case of the table
) -> None:
    record = Record(Times().now_ms)
    accepted(record, entry(BUY, "2"), "entry")
    record.heard(fill("entry", BUY, "2"))
    accepted(record, leave(side, STOP, quantity=quantity, trigger="90"), "stop")
    assert (record.summary()["unprotected_since_ms"] == {}) is covered


def test_an_id_that_is_accepted_twice_is_a_duplicate() -> None:
    record = Record(Times().now_ms)
    for name in ("a", "b", "a"):
        accepted(record, entry(BUY, "1", name=name), name)
    assert record.summary()["duplicates"] == ["a"]


def test_what_rests_is_told_with_what_is_left_of_it() -> None:
    record = Record(Times().now_ms)
    accepted(record, entry(BUY, "3"), "entry")
    record.heard(fill("entry", BUY, "1", "2"))
    resting = record.resting("entry")
    assert resting is not None
    assert (resting.leaves, resting.reduce_only) == ("2", False)
    record.heard(fill("entry", BUY, "2"))
    assert record.resting("entry") is None
    assert record.summary()["positions"] == {AAA: "3"}


def test_the_file_has_a_line_for_each_thing_that_happened(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    record = Record(Times().now_ms, file)
    accepted(record, entry(BUY, "1"), "entry")
    record.heard(fill("entry", BUY, "1"))
    record.refused("x", AAA, "-2019")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    record.close()
    assert [line["what"] for line in lines] == ["accepted", "filled", "refused"]
    assert [line["client_id"] for line in lines] == ["entry", "entry", "x"]
