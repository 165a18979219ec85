"""Every class of outcome, of every kind of write: what is told, and what is asked for again."""

import itertools

import pytest

from application.errors import NotSent, VenueUnavailable
from application.gateway import EXISTS
from application.ports.venue import Reply
from application.venue_writes import EVIDENCE_LENGTH_MAX, OTHER_ORDER
from domain.execution.messages import (
    CancelRefused,
    OrderAccepted,
    OrderKind,
    OrderRejected,
    OrderUnknown,
    PlaceEntry,
    VenueCommand,
)
from domain.execution.outcomes import OUTCOMES, Outcome
from tests.builders import BTC, ETH, START_MS
from tests.unit.application.gate import NAME, Gate, a_cancel, an_entry, an_exit

pytestmark = pytest.mark.unit

T = START_MS
ENTRY, CANCEL = an_entry(), a_cancel()
CLOSE, STOP = an_exit(), an_exit(OrderKind.STOP_MARKET)
TARGET, LIMIT = an_exit(OrderKind.TAKE_PROFIT_MARKET), an_exit(OrderKind.LIMIT)
SENT_AGAIN, SENT_ONCE = (CLOSE, STOP), (TARGET, LIMIT)
ORDERS = (ENTRY, *SENT_AGAIN, *SENT_ONCE)
ALL = (*ORDERS, CANCEL)
REFUSED = ("-2019", "-2022", "-1111", "-4118", "-2021", "-4061", "-1021", "http 401")
RATE = ("http 429", "http 418", "-1003", "-1015")
UNKNOWN = ("http 408", "http 500", "http 503", "-1006", "-1007", "-1008", "-9999", "http 403")


def reply(code: str, name: str = NAME, symbol: str = BTC, text: str = "") -> Reply:
    return Reply(T, code, name, symbol, 0, text)


async def sends(gate: Gate, command: VenueCommand) -> type[Exception] | None:
    """Send, and return what was raised."""
    try:
        await gate.gateway.send(command)
    except VenueUnavailable as error:
        return type(error)
    return None


async def after(command: VenueCommand, answer: Reply | Exception) -> tuple[Gate, object]:
    gate = Gate()
    gate.writer.script = [answer]
    raised = await sends(gate, command)
    assert gate.writer.sent == [command]  # a write is one request, whatever comes of it
    return gate, raised


@pytest.mark.parametrize("order", ORDERS)
async def test_an_order_that_was_taken_is_accepted(order: VenueCommand) -> None:
    gate, raised = await after(order, reply(""))
    assert gate.heard == [OrderAccepted(T, NAME, BTC)]
    assert raised is None


async def test_a_cancel_that_was_taken_is_not_yet_done() -> None:
    gate, raised = await after(CANCEL, reply(""))
    assert gate.heard == []
    assert raised is None


@pytest.mark.parametrize(("order", "code"), list(itertools.product(ORDERS, REFUSED)))
async def test_an_order_that_was_refused_is_rejected(order: VenueCommand, code: str) -> None:
    gate, raised = await after(order, reply(code))
    assert gate.heard == [OrderRejected(T, NAME, BTC, code)]
    assert raised is None


@pytest.mark.parametrize("code", ["-2011", "-2013", *REFUSED])
async def test_a_cancel_that_was_refused_is_no_news_of_the_order(code: str) -> None:
    gate, raised = await after(CANCEL, reply(code))
    assert gate.heard == [CancelRefused(T, NAME, BTC, code)]
    assert raised is None


@pytest.mark.parametrize("order", ORDERS)
async def test_an_order_that_exists_already_is_to_be_asked_for(order: VenueCommand) -> None:
    gate, raised = await after(order, reply("-4116"))
    assert gate.heard == [OrderUnknown(T, NAME, BTC, EXISTS)]
    assert raised is None


@pytest.mark.parametrize(("order", "code"), list(itertools.product(ORDERS, UNKNOWN)))
async def test_an_order_in_doubt_is_told_so_and_only_what_protects_is_sent_again(
    order: VenueCommand, code: str
) -> None:
    gate, raised = await after(order, reply(code))
    assert gate.heard == [OrderUnknown(T, NAME, BTC, code)]
    assert raised is (VenueUnavailable if order in SENT_AGAIN else None)


@pytest.mark.parametrize("order", ORDERS)
async def test_a_lost_reply_leaves_an_order_in_doubt(order: VenueCommand) -> None:
    gate, raised = await after(order, VenueUnavailable("x" * 1_000))
    assert gate.heard == [OrderUnknown(T, NAME, BTC, "x" * EVIDENCE_LENGTH_MAX)]
    assert raised is (VenueUnavailable if order in SENT_AGAIN else None)


@pytest.mark.parametrize("answer", [VenueUnavailable("lost"), *map(reply, (*UNKNOWN, "-4116"))])
async def test_a_cancel_in_doubt_is_sent_again_and_nothing_is_told(
    answer: Reply | Exception,
) -> None:
    gate, raised = await after(CANCEL, answer)
    assert gate.heard == []
    assert raised is VenueUnavailable


@pytest.mark.parametrize("command", ALL)
async def test_what_did_not_leave_the_house_is_nobodys_but_the_senders(
    command: VenueCommand,
) -> None:
    gate, raised = await after(command, NotSent("no route"))
    assert gate.heard == []
    assert raised is NotSent
    assert gate.gateway.outcomes[Outcome.NOT_SENT] == 1


@pytest.mark.parametrize(("command", "code"), list(itertools.product(ALL, RATE)))
async def test_barred_for_its_rate_an_entry_is_over_and_all_else_is_sent_again(
    command: VenueCommand, code: str
) -> None:
    gate, raised = await after(command, reply(code))
    if isinstance(command, PlaceEntry):
        assert gate.heard == [OrderRejected(T, NAME, BTC, code)]
        assert raised is None
    else:
        assert gate.heard == []
        assert raised is NotSent


@pytest.mark.parametrize("command", ALL)
async def test_a_venue_that_says_it_did_nothing_is_believed_only_of_what_may_be_sent_twice(
    command: VenueCommand,
) -> None:
    gate, raised = await after(command, reply("http 503", text="Service Unavailable."))
    if isinstance(command, PlaceEntry):
        assert gate.heard == [OrderUnknown(T, NAME, BTC, "http 503")]
        assert raised is None
    else:
        assert gate.heard == []
        assert raised is NotSent


@pytest.mark.parametrize(
    ("command", "code", "whose"),
    list(itertools.product(ALL, ("", "-2019", "-4116"), (("other", BTC), (NAME, ETH)))),
)
async def test_an_answer_about_another_order_is_no_answer(
    command: VenueCommand, code: str, whose: tuple[str, str]
) -> None:
    gate, raised = await after(command, reply(code, *whose))
    told = [] if command is CANCEL else [OrderUnknown(T, NAME, BTC, OTHER_ORDER)]
    assert gate.heard == told
    assert raised is (VenueUnavailable if command in (*SENT_AGAIN, CANCEL) else None)


@pytest.mark.parametrize("command", ALL)
async def test_an_answer_without_a_name_is_an_answer(command: VenueCommand) -> None:
    gate, raised = await after(command, reply("", "", ""))
    taken = [] if command is CANCEL else [OrderAccepted(T, NAME, BTC)]
    assert gate.heard == taken
    assert raised is None


async def test_outcomes_are_counted_by_class_and_codes_that_nobody_knows_too() -> None:
    gate = Gate()
    codes = ["", "-2019", "-4116", "-1007", "-9999", "-8888"]
    gate.writer.script = [reply(code) for code in codes]
    for _ in codes:
        await sends(gate, ENTRY)
    gate.writer.script = [reply("-2011"), reply("-7777")]
    for _ in range(2):
        await sends(gate, CANCEL)
    assert dict(gate.gateway.outcomes) == {
        Outcome.ACKED: 1,
        Outcome.NOT_SENT: 0,
        Outcome.UNKNOWN: 4,
        Outcome.EXISTS: 1,
        Outcome.REFUSED: 1,
        Outcome.NOT_PROOF: 1,
    }
    assert gate.gateway.unmapped_codes == 3
    assert set(OUTCOMES.values()) <= set(gate.gateway.outcomes)


async def test_every_listener_hears_every_report() -> None:
    gate = Gate()
    others: list[object] = []
    gate.gateway.listen(others.append)
    await gate.gateway.send(ENTRY)
    assert others == gate.heard == [OrderAccepted(T, NAME, BTC)]
