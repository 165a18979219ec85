"""What a venue's answer to a write proves, as data: one row a code.

Rule 1: what is not listed is UNKNOWN: the venue may have done it, or not.
Rule 2: an answer about the transport (5xx, a time-out, a firewall) is UNKNOWN, whatever its text;
a text by which a venue says that it did nothing is believed only where repeating does no harm.
Rule 3: that a venue does not know an order, told to a cancel, proves nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Outcome(StrEnum):
    """What is known of a write."""

    ACKED = "ACKED"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"
    EXISTS = "EXISTS"
    REFUSED = "REFUSED"
    NOT_PROOF = "NOT_PROOF"


class Concern(StrEnum):
    """What an answer means beyond the one order it is about."""

    RATE = "rate"  # too much was sent: nothing but exits until the wait is over
    FIREWALL = "firewall"  # the venue's edge turns us away: as above, and the outcome is unknown
    CLOCK = "clock"  # our time or our signature is off; three in a row are an alarm
    KEY = "key"  # the key is not, or no longer, allowed to trade
    MODE = "mode"  # the account is set up otherwise than the desk believes
    RULING = "ruling"  # the venue bars the account from trading for its conduct


_U, _R, _N = Outcome.UNKNOWN, Outcome.REFUSED, Outcome.NOT_PROOF

# fmt: off
OUTCOMES: Final[Mapping[str, Outcome]] = MappingProxyType({
    "": Outcome.ACKED,
    # The venue was reached; nobody knows what it did.
    "http 408": _U, "http 500": _U, "http 502": _U, "http 503": _U, "http 504": _U,
    "http 403": _U, "http 200": _U,
    "-1000": _U, "-1001": _U, "-1006": _U, "-1007": _U, "-1008": _U,
    # It has an order of this name.
    "-4116": Outcome.EXISTS,
    # Rate.
    "http 429": _R, "http 418": _R, "-1003": _R, "-1015": _R,
    # Clock and signature, then the key.
    "-1021": _R, "-1022": _R, "-5028": _R,
    "http 401": _R, "-2014": _R, "-2015": _R,
    # Filters: a rule of ours is wrong or stale.
    "-1013": _R, "-1111": _R, "-4003": _R, "-4004": _R, "-4005": _R, "-4014": _R, "-4016": _R,
    "-4023": _R, "-4024": _R, "-4131": _R, "-4142": _R, "-4164": _R,
    # Margin and limits of the account.
    "-2018": _R, "-2019": _R, "-2024": _R, "-2025": _R, "-2027": _R, "-2028": _R, "-4045": _R,
    "-4161": _R,
    # What is to be reduced is not there, or is spoken for by another order; or is being liquidated.
    "-2022": _R, "-2023": _R, "-4118": _R, "-4137": _R, "-4138": _R,
    # A trigger, a post-only or a fill-or-kill order that the market does not allow: normal.
    "-2021": _R, "-5021": _R, "-5022": _R,
    # Mode or endpoint, and rulings of the venue.
    "-4061": _R, "-4120": _R,
    "-4192": _R, "-4400": _R,
})
# What says so only of a cancel; said of a new order it makes no sense, and is UNKNOWN.
CANCEL_OUTCOMES: Final[Mapping[str, Outcome]] = MappingProxyType({"-2011": _N, "-2013": _N})
CONCERNS: Final[Mapping[str, Concern]] = MappingProxyType({
    "http 429": Concern.RATE, "http 418": Concern.RATE,
    "-1003": Concern.RATE, "-1015": Concern.RATE,
    "http 403": Concern.FIREWALL,
    "-1021": Concern.CLOCK, "-1022": Concern.CLOCK, "-5028": Concern.CLOCK,
    "http 401": Concern.KEY, "-2014": Concern.KEY, "-2015": Concern.KEY,
    "-4061": Concern.MODE, "-4120": Concern.MODE,
    "-4192": Concern.RULING, "-4400": Concern.RULING,
})
# fmt: on

# By code, how a text begins that says the write was not executed.
_NOT_EXECUTED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "http 503": ("Service Unavailable",),
        "-1008": ("Request throttled", "Server is currently overloaded"),
    }
)


def outcome_of(code: str, *, cancel: bool) -> Outcome:
    """Return what the answer *code* proves of a new order, or of a *cancel*."""
    if cancel and code in CANCEL_OUTCOMES:
        return CANCEL_OUTCOMES[code]
    found = OUTCOMES.get(code, Outcome.UNKNOWN)
    return Outcome.UNKNOWN if cancel and found is Outcome.EXISTS else found


def is_mapped(code: str, *, cancel: bool) -> bool:
    """Tell whether *code* stands in the table."""
    return code in OUTCOMES or (cancel and code in CANCEL_OUTCOMES)


def says_not_executed(code: str, text: str) -> bool:
    """Tell whether the venue says that it was too busy to act. Not proven: for exits only."""
    return text.startswith(_NOT_EXECUTED.get(code, ("\0",)))
