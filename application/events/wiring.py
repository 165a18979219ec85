"""The check at start-up: nobody listens to what nobody says, and no alarm rings unheard."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from application.errors import BadInput
from application.events.envelope import Handler
from application.events.registry import EVENTS, RESERVED


class Subscription(NamedTuple):
    """A consumer: its name, the types it listens to, and what it does with one event."""

    name: str
    kinds: tuple[str, ...]
    handler: Handler


def check_wiring(subscriptions: Sequence[Subscription], producers: Collection[str]) -> None:
    """Raise `BadInput` with everything that does not fit; *producers* are the parts that run.

    Each subscribed type must be produced by one of them, and each safety event they produce must
    have a subscriber.
    """
    problems = [
        f"consumer {name!r}: the name is given {count} times; each needs its own"
        for name, count in Counter(s.name for s in subscriptions).items()
        if count > 1
    ]
    for subscription in subscriptions:
        problems += [
            f"consumer {subscription.name!r}: {problem}"
            for kind in subscription.kinds
            if (problem := _problem_of(kind, producers))
        ]
    heard = {kind for subscription in subscriptions for kind in subscription.kinds}
    problems += [
        f"{each.name}: a safety event without a subscriber; subscribe to it"
        for each in EVENTS.values()
        if each.is_safety
        and each.name not in heard
        and not set(producers).isdisjoint(each.producers)
    ]
    if problems:
        raise BadInput(*problems)


def _problem_of(kind: str, producers: Collection[str]) -> str | None:
    if kind in RESERVED:
        return f"{kind}: is reserved, {RESERVED[kind]}; take it out"
    known = EVENTS.get(kind)
    if known is None:
        return f"{kind}: there is no such type of event"
    if set(producers).isdisjoint(known.producers):
        return f"{kind}: none of its producers runs ({', '.join(known.producers)})"
    return None
