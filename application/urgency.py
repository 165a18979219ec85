"""In which order goes out what removes risk: closes first, of the rest what was asked first.

Back-test and live ask here alike, so that a venue hears the same in both.
"""

from collections.abc import Iterable

from domain.decision.messages import Command
from domain.execution.messages import CancelOrder, OrderKind, PlaceExit, QueryOrder, ReadAccount

Reading = ReadAccount | QueryOrder
Urgent = PlaceExit | CancelOrder | Reading


def urgency(command: Urgent) -> int:
    """Return the rank of *command*; the lowest goes out first.

    A close cannot wait for anything; what the venue holds is best read when all else is sent.
    """
    if isinstance(command, PlaceExit) and command.kind is OrderKind.MARKET:
        return 0
    return 2 if isinstance(command, Reading) else 1


def urgent_first(asked: Iterable[Command]) -> list[PlaceExit | CancelOrder | ReadAccount]:
    """Return what of *asked* removes risk or reads, in the order in which it goes out.

    Of several wishes to read the account one is left. A venue that is played is not asked for
    single orders: it loses none.
    """
    urgent = [one for one in asked if isinstance(one, PlaceExit | CancelOrder)]
    reads = [one for one in asked if isinstance(one, ReadAccount)]
    return [*sorted(urgent, key=urgency), *reads[:1]]
