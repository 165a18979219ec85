"""At start-up nobody may listen to what nobody says, and no alarm may ring unheard."""

import pytest

from application.errors import BadInput
from application.events.registry import DESK, EVENTS, RESERVED
from application.events.wiring import Subscription, check_wiring
from tests.events import Witness

pytestmark = pytest.mark.unit

SAFETY = tuple(name for name, kind in EVENTS.items() if kind.is_safety)


def listening(*kinds: str, name: str = "one") -> Subscription:
    """Return a consumer of *kinds*."""
    return Subscription(name, kinds, Witness())


def problems_of(*subscriptions: Subscription, producers: tuple[str, ...] = (DESK,)) -> list[str]:
    """Return everything that the check finds."""
    try:
        check_wiring(subscriptions, producers)
    except BadInput as error:
        return list(error.problems)
    return []


def test_a_desk_whose_safety_events_are_heard_passes() -> None:
    assert problems_of(listening(*SAFETY)) == []


@pytest.mark.parametrize("missing", SAFETY)
def test_every_safety_event_needs_a_subscriber(missing: str) -> None:
    (problem,) = problems_of(listening(*(kind for kind in SAFETY if kind != missing)))
    assert problem.startswith(f"{missing}: a safety event without a subscriber")


@pytest.mark.parametrize("kind", RESERVED)
def test_a_reserved_type_cannot_be_subscribed_to(kind: str) -> None:
    (problem,) = problems_of(listening(*SAFETY, kind))
    assert RESERVED[kind] in problem


def test_everything_that_is_missing_is_listed_at_once() -> None:
    found = problems_of(
        listening("no.such", "rl.reward_received"), listening("trade.closed"), producers=("robot",)
    )
    assert len(found) == 4
    assert "given 2 times" in found[0]
    assert "no such type" in found[1]
    assert "reserved" in found[2]
    assert "none of its producers runs (desk)" in found[3]


def test_safety_events_that_nobody_produces_need_no_subscriber() -> None:
    assert problems_of(producers=()) == []
