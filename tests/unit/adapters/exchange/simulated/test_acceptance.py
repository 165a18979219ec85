"""What is refused at the door: every code, and what is exempt."""

import pytest

from adapters.exchange.simulated.floor import FINISHED_MAX
from adapters.exchange.simulated.rules import VenueRules
from adapters.exchange.simulated.venue import SimulatedVenue
from domain.execution.messages import (
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    Report,
    VenueCommand,
)
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BUY,
    IDEAL,
    INSTRUMENTS,
    LIMIT,
    MARKET,
    POST_ONLY,
    SELL,
    STOP,
    TARGET,
    D,
    Scene,
    bar,
    drop,
    entry,
    leave,
)

pytestmark = pytest.mark.unit

STILL = (100.0, 100.0, 100.0, 100.0)


def code_of(replies: list[Report]) -> str:
    (reply,) = replies
    return reply.code if isinstance(reply, OrderRejected) else ""


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (entry(BUY, "1", symbol="NONEUSDT"), "unknown_symbol"),
        (entry(BUY, "1.005"), "quantity_off_step"),
        (entry(BUY, "0.01"), "quantity_too_small"),
        (entry(BUY, "0"), "quantity_too_small"),
        (entry(BUY, "1000.01"), "quantity_too_large"),
        (entry(BUY, "0.04"), "notional_too_small"),
        (entry(BUY, "0.05", LIMIT, "99.9"), "notional_too_small"),
        (entry(BUY, "1", LIMIT, "99.95"), "price_off_tick"),
        (entry(BUY, "1", LIMIT), "price_off_tick"),
        (entry(BUY, "1", LIMIT, "110.1"), "price_band"),
        (entry(SELL, "1", LIMIT, "89.9"), "price_band"),
        (entry(BUY, "1", POST_ONLY, "100"), "would_cross"),
        (entry(SELL, "1", POST_ONLY, "100"), "would_cross"),
        (entry(BUY, "1", leverage=0), "leverage"),
        (entry(BUY, "1", leverage=51), "leverage"),
        (entry(BUY, "999", leverage=9), "margin"),
        (leave(SELL), "reduce_only_flat"),
        (drop("nobody"), "unknown_order"),
    ],
)
def test_a_fault_is_rejected_with_its_code(command: VenueCommand, code: str) -> None:
    scene = Scene()

    reply = scene.sends(command, at=7)

    assert reply == [OrderRejected(7, command.client_id, command.symbol, code)]
    assert scene.venue.open_orders() == ()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (leave(SELL, STOP, trigger="100"), "would_trigger"),
        (leave(SELL, TARGET, trigger="99.9"), "would_trigger"),
        (leave(SELL, STOP, trigger="98.05"), "price_off_tick"),
        (leave(SELL, STOP), "price_off_tick"),
        (leave(SELL, quantity="0.505"), "quantity_off_step"),
        (leave(SELL, quantity="0.01"), "quantity_too_small"),
        (leave(SELL, quantity="1000.01"), "quantity_too_large"),
        (leave(SELL, LIMIT, price="89.9"), "price_band"),
        (leave(BUY), "reduce_only_flat"),
    ],
)
def test_a_faulty_exit_of_a_long_is_rejected_with_its_code(
    command: VenueCommand, code: str
) -> None:
    assert Scene().holds(BUY).sends(command) == [OrderRejected(0, command.client_id, AAA, code)]


def test_a_client_id_is_refused_while_open_and_after() -> None:
    scene = Scene()
    scene.sends(entry(BUY, "1"))

    assert code_of(scene.sends(entry(BUY, "1"))) == "duplicate_client_id"
    scene.plays(bar(STILL))
    assert code_of(scene.sends(entry(BUY, "1"))) == "duplicate_client_id"


def test_the_border_of_every_filter_is_allowed() -> None:
    scene = Scene()
    allowed = (
        entry(BUY, "0.05", name="notional"),
        entry(BUY, "1", LIMIT, "110", name="band"),
        entry(BUY, "1", POST_ONLY, "99.9", name="cross"),
        entry(BUY, "1", LIMIT, "50", name="far"),
        entry(BUY, "1", leverage=50, name="leverage"),
    )

    assert {type(reply) for reply in scene.sends(*allowed)} == {OrderAccepted}


def test_margin_counts_positions_and_open_entries() -> None:
    # 10,000 USD at 10x carry 100,000 USD: 1,000 units at 100.
    scene = Scene().holds(BUY, "600")
    assert isinstance(scene.sends(entry(BUY, "390", name="a"))[0], OrderAccepted)
    # The fee of the first, 600 x 100 x 0.05 % = 30 USD, is missing: 970 USD are free for 1,000.
    assert code_of(scene.sends(entry(BUY, "10", name="b"))) == "margin"
    assert isinstance(scene.sends(entry(BUY, "9.7", LIMIT, "70", name="c"))[0], OrderAccepted)


def test_what_only_closes_needs_no_margin() -> None:
    scene = Scene().holds(BUY, "900")

    assert isinstance(scene.sends(entry(SELL, "900", name="a"))[0], OrderAccepted)
    assert code_of(scene.sends(entry(SELL, "1000", leverage=1, name="b"))) == "margin"


def test_an_exit_is_exempt_from_minimum_notional_and_may_close_a_crumb() -> None:
    scene = Scene().holds(BUY, "1")
    scene.sends(leave(SELL, MARKET, quantity="0.99"))
    scene.plays(bar(STILL))

    assert isinstance(scene.sends(leave(SELL, quantity="0.01", name="crumb"))[0], OrderAccepted)


def test_a_cancel_is_done_at_once_and_only_once() -> None:
    scene = Scene().holds(BUY)
    scene.sends(leave(SELL, STOP, trigger="98"))

    assert scene.sends(drop("stop"), at=3) == [OrderCanceled(3, "stop", AAA, "requested")]
    assert scene.sends(drop("stop"), at=4) == [OrderRejected(4, "stop", AAA, "unknown_order")]


def test_a_cancel_in_latency_may_come_too_late() -> None:
    scene = Scene(VenueRules(0.0, 0.0, 0.0, 0.0, latency_ms=10_000)).holds(BUY)
    scene.plays(bar(STILL))
    scene.sends(leave(SELL, STOP, trigger="98"), leave(SELL, TARGET, trigger="110"), at=40_000)
    scene.sends(drop("stop"), drop("target"), at=70_000)

    # The path meets 98 after 13.3 s of the minute; the cancels arrive after 20 s.
    reports = scene.plays(bar((100.0, 100.0, 97.0, 99.0), 60_000))

    assert [(type(one).__name__, one[0]) for one in reports] == [
        ("OrderFilled", 73_333),
        ("OrderRejected", 80_000),
        ("OrderCanceled", 80_000),
    ]


def test_a_cancel_in_latency_may_come_in_time() -> None:
    scene = Scene(VenueRules(0.0, 0.0, 0.0, 0.0, latency_ms=5_000)).holds(BUY)
    scene.plays(bar(STILL))
    scene.sends(leave(SELL, STOP, trigger="98"), at=40_000)
    scene.sends(drop("stop"), at=60_000)

    reports = scene.plays(bar((100.0, 100.0, 97.0, 99.0), 60_000))

    assert reports == [OrderCanceled(65_000, "stop", AAA, "requested")]
    assert scene.venue.positions()[AAA][0] == D(1)


def test_without_any_price_yet_what_needs_one_is_not_checked() -> None:
    venue = SimulatedVenue(INSTRUMENTS, IDEAL)

    assert venue.send(entry(BUY, "500"), 0) == [OrderAccepted(0, "entry", AAA)]
    assert venue.send(entry(BUY, "1", LIMIT, "500", name="b"), 0)[0] == OrderRejected(
        0, "b", AAA, "margin"
    )


def test_the_memory_of_finished_ids_is_bounded() -> None:
    scene = Scene()
    for number in range(FINISHED_MAX + 1):
        scene.sends(entry(BUY, "1", LIMIT, "50", name=f"n{number}"), drop(f"n{number}"))

    assert code_of(scene.sends(entry(BUY, "1", name="n1"))) == "duplicate_client_id"
    assert code_of(scene.sends(entry(BUY, "1", name="n0"))) == ""
