"""Evidence that may be looked at after each observation, without fooling whoever looks.

A bettor stakes fixed shares of his wealth on "the surplus is positive". Where it is not, on
average and whatever came before, his wealth is a supermartingale that begins at 1: by Ville's
inequality it ever reaches 1 / rate with a probability of at most `rate`, however often one looks
and whenever one stops. Several shares are played at once, and their mean is the evidence (an
e-process), so nobody needs to know the size of the effect beforehand.
"""

from collections.abc import Sequence
from math import exp, log, log1p
from typing import Final, NamedTuple

SHARES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95)
"""What is staked, as fractions of the wealth."""


class Evidence(NamedTuple):
    """What was won by betting on a surplus. `wealth` is logarithmic, one for each share."""

    observations: int = 0
    wealth: tuple[float, ...] = (0.0,) * len(SHARES)

    def heard(self, surplus: float) -> "Evidence":
        """Return the evidence after one more *surplus*, which is clipped to [-1, 1].

        What is tested is then the mean of the clipped surplus.
        """
        kept = max(-1.0, min(1.0, surplus))
        grown = tuple(w + log1p(s * kept) for w, s in zip(self.wealth, SHARES, strict=True))
        return Evidence(self.observations + 1, grown)

    @property
    def strength(self) -> float:
        """The logarithm of the evidence: 0 at the start, log(1 / rate) proves at that rate."""
        top = max(self.wealth)
        return top + log(sum(exp(w - top) for w in self.wealth) / len(self.wealth))

    def proves(self, rate: float) -> bool:
        """Tell whether the surplus is shown to be positive, wrong with *rate* at most."""
        return self.strength >= -log(rate)


def heard_all(surpluses: Sequence[float]) -> Evidence:
    """Return the evidence of all *surpluses*, in order."""
    evidence = Evidence()
    for surplus in surpluses:
        evidence = evidence.heard(surplus)
    return evidence
