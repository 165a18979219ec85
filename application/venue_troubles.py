"""What the answers of a venue say of the desk's standing there, told when it changes.

Rule 1: one refused time-stamp is a hiccup, three in a row are a trouble; a refused key is one at
once, and so is an account that is set up otherwise than the desk believes.
Rule 2: a trouble is over when an answer proves it: any answer that judged a request on its merits
proves clock, signature and key; only an entry that was taken proves mode and conduct.
"""

from collections.abc import Callable, Iterable
from typing import Final

from domain.execution.outcomes import CONCERNS, Concern, Outcome

CLOCK_REFUSALS_MAX: Final = 3
# A shorter wait is the budget's own business.
BAN_TOLD_MS: Final = 60_000
_PROVEN_BY_ANSWER: Final = (Concern.CLOCK, Concern.KEY, Concern.RATE, Concern.FIREWALL)
# A reading shows no leave to trade.
_PROVEN_BY_READING: Final = (Concern.CLOCK, Concern.RATE, Concern.FIREWALL)
_TEXTS: Final = {
    Concern.CLOCK: "the venue refuses our time or signature",
    Concern.KEY: "the venue refuses our key",
    Concern.MODE: "the account's modes are not those of the desk",
    Concern.RULING: "the venue bars the account from trading",
    Concern.RATE: "the venue bars us for sending too much",
    Concern.FIREWALL: "the venue's firewall turns us away",
}

Trouble = Callable[[str, str | None], None]


class VenueTroubles:
    """Tells of each trouble once, and once that it is over."""

    def __init__(self, tell: Trouble) -> None:
        """Tell *tell* of a part, by name, and its problem; None: it is well again."""
        self._tell = tell
        self._told: set[Concern] = set()
        self._clock_refusals = 0

    def heard(self, code: str, outcome: Outcome, wait_ms: int, *, of_entry: bool) -> None:
        """Hear the answer to a write; *wait_ms* is for how long it bars us."""
        concern = CONCERNS.get(code)
        if concern is None:
            if outcome is not Outcome.UNKNOWN:
                self._over(_PROVEN_BY_ANSWER)
            if of_entry and outcome is Outcome.ACKED:
                self._over((Concern.MODE, Concern.RULING))
        elif concern is Concern.CLOCK:
            self._clock_refusals += 1
            if self._clock_refusals >= CLOCK_REFUSALS_MAX:
                self._begins(concern, code)
        elif concern not in (Concern.RATE, Concern.FIREWALL) or wait_ms >= BAN_TOLD_MS:
            self._begins(concern, code)

    def read(self) -> None:
        """Hear that a reading was answered."""
        self._over(_PROVEN_BY_READING)

    def _begins(self, concern: Concern, code: str) -> None:
        if concern not in self._told:
            self._told.add(concern)
            self._tell(f"venue {concern}", f"{_TEXTS[concern]} ({code})")

    def _over(self, concerns: Iterable[Concern]) -> None:
        for concern in concerns:
            if concern is Concern.CLOCK:
                self._clock_refusals = 0
            if concern in self._told:
                self._told.remove(concern)
                self._tell(f"venue {concern}", None)
