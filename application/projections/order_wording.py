"""What becomes of orders, in plain words: what is asked of a venue, and what it reports."""

from typing import Final, assert_never

from application.projections.numerals import percent, plain
from domain.execution.messages import (
    CancelOrder,
    CancelRefused,
    FundingSettled,
    OrderAbsent,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    OrderRead,
    OrderRejected,
    OrderUnknown,
    PlaceEntry,
    PlaceExit,
    VenueCommand,
)

_LEGS: Final = {"e": "entry", "s": "stop", "t": "target", "x": "exit"}
OrderReport = (
    OrderAccepted
    | OrderFilled
    | OrderCanceled
    | OrderRejected
    | OrderUnknown
    | OrderAbsent
    | OrderRead
    | CancelRefused
)


def asked(command: VenueCommand) -> str:
    """Tell a command to the venue."""
    match command:
        case PlaceEntry():
            at = "" if command.price is None else f" at {plain(command.price)}"
            worst = "" if command.collar is None else f", no worse than {plain(command.collar)}"
            return (
                f"asked: {command.kind.value} {command.side.value} {plain(command.quantity)}{at}"
                f"{worst} ({command.client_id})"
            )
        case PlaceExit():
            size = "all" if command.quantity is None else plain(command.quantity)
            price = command.price if command.kind is OrderKind.LIMIT else command.trigger
            at = "" if price is None else f" at {plain(price)}"
            return (
                f"asked: {leg(command.client_id)}, {command.kind.value} {command.side.value} "
                f"{size}{at} ({command.client_id})"
            )
        case CancelOrder():
            return f"asked: cancel the {leg(command.client_id)} ({command.client_id})"
        case _:
            assert_never(command)


def reported(report: OrderReport) -> str:  # noqa: PLR0911 - a total dispatch
    """Tell what the venue did with an order."""
    name = leg(report.client_id)
    match report:
        case OrderAccepted():
            return f"the venue has the {name}"
        case OrderFilled():
            rest = f", {plain(report.leaves)} to go" if report.leaves else ""
            return (
                f"{name} filled: {report.side.value} {plain(report.quantity)} at "
                f"{plain(report.price)}, fee {plain(report.fee)} USD "
                f"({report.liquidity.value.lower()}){rest}"
            )
        case OrderCanceled():
            return f"{name} canceled: {report.reason}"
        case OrderRejected():
            return f"{name} rejected: {report.code}"
        case OrderUnknown():
            return f"no answer about the {name}: {report.evidence}"
        case OrderAbsent():
            return f"the venue, asked for the {name}, does not know it"
        case OrderRead():
            return f"the venue, asked for the {name}: {report.status.value.lower()}"
        case CancelRefused():
            return f"the venue would not cancel the {name}: {report.code}"
        case _:
            assert_never(report)


def funded(report: FundingSettled) -> str:
    """Tell a settlement of funding."""
    verb = "paid" if report.paid >= 0 else "earned"
    return f"funding {verb}: {plain(abs(report.paid))} USD at {percent(float(report.rate))}"


def leg(client_id: str) -> str:
    """Tell what the order *client_id* is for; one that is not of the desk, by its name."""
    if not client_id.startswith("qt"):
        return f"order {client_id} of the venue"
    return _LEGS.get(client_id.rpartition("-")[2][:1], "order")
