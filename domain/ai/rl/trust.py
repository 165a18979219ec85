"""What an action has earned, and when that may be believed.

Rule 1: values begin pessimistic, as if each action had lost once: nothing is good unseen.
Rule 2: visits decide trust. An action with fewer than the least number advises nothing.
Rule 3: a draw is a hash of the trace: the same event explores the same, in replay too.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final, NamedTuple

PESSIMISM_R: Final = -1.0
_PRIOR_WEIGHT: Final = 1
_DRAW_BYTES: Final = 8


class Cell(NamedTuple):
    """The mean reward of an action in net R, its pessimistic prior included."""

    visits: int = 0
    value: float = PESSIMISM_R


UNSEEN: Final = Cell()


def rewarded(cell: Cell, reward: float) -> Cell:
    """Return *cell* after *reward* net R; what is not a number teaches nothing."""
    if reward - reward != 0.0:  # a NaN or an infinity
        return cell
    visits = cell.visits + 1
    return Cell(visits, cell.value + (reward - cell.value) / (visits + _PRIOR_WEIGHT))


def key_of(*parts: str) -> str:
    """Return the key of a state and an action in a table."""
    return "/".join(parts)


def is_trusted(cell: Cell, visits_min: int) -> bool:
    """Tell whether an action was tried often enough to be believed."""
    return cell.visits >= visits_min


def best(
    table: Mapping[str, Cell], state: str, actions: tuple[str, ...], visits_min: int
) -> str | None:
    """Return the trusted action of greatest value in *state*; of equals the first; None if none."""
    seen = ((a, table.get(key_of(state, a), UNSEEN)) for a in actions)
    trusted = [(cell.value, a) for a, cell in seen if is_trusted(cell, visits_min)]
    return max(trusted, key=lambda pair: pair[0])[1] if trusted else None


def drawn(trace: str, salt: str) -> float:
    """Return a number in [0, 1) that depends on *trace* and *salt* alone."""
    digest = blake2b(f"{salt}:{trace}".encode(), digest_size=_DRAW_BYTES).digest()
    return int.from_bytes(digest, "big") / float(1 << (8 * _DRAW_BYTES))


def explored(trace: str, salt: str, actions: tuple[str, ...], share: float) -> str | None:
    """Return the action that *trace* is to try, None when it is none of the *share* that try."""
    if drawn(trace, salt) >= share:
        return None
    return actions[int(drawn(trace, f"{salt}-action") * len(actions))]
