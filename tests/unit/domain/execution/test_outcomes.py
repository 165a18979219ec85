"""One test a row of the table of outcomes, and what is not in it."""

import random

import pytest

from domain.execution.outcomes import (
    CANCEL_OUTCOMES,
    CONCERNS,
    OUTCOMES,
    Concern,
    Outcome,
    is_mapped,
    outcome_of,
    says_not_executed,
)

pytestmark = pytest.mark.unit

# The table of the specification, written down a second time.
UNKNOWN = (
    "http 200,http 403,http 408,http 500,http 502,http 503,http 504,-1000,-1001,-1006,-1007,-1008"
)
RATE = "http 429,http 418,-1003,-1015"
CLOCK = "-1021,-1022,-5028"
KEY = "http 401,-2014,-2015"
FILTERS = "-1013,-1111,-4003,-4004,-4005,-4014,-4016,-4023,-4024,-4131,-4142,-4164"
MARGIN = "-2018,-2019,-2024,-2025,-2027,-2028,-4045,-4161"
REDUCING = "-2022,-2023,-4118,-4137,-4138"
NORMAL = "-2021,-5021,-5022"
MODE = "-4061,-4120"
RULING = "-4192,-4400"
REFUSED = f"{RATE},{CLOCK},{KEY},{FILTERS},{MARGIN},{REDUCING},{NORMAL},{MODE},{RULING}"
ROWS = {
    "": Outcome.ACKED,
    "-4116": Outcome.EXISTS,
    **dict.fromkeys(UNKNOWN.split(","), Outcome.UNKNOWN),
    **dict.fromkeys(REFUSED.split(","), Outcome.REFUSED),
}


@pytest.mark.parametrize("code", sorted(ROWS))
def test_a_new_order_so_answered_is_known_to_be_no_more_than_the_table_says(code: str) -> None:
    assert outcome_of(code, cancel=False) is ROWS[code]
    assert is_mapped(code, cancel=False)


def test_the_table_has_no_other_rows() -> None:
    assert sorted(OUTCOMES) == sorted(ROWS)
    assert sorted(CANCEL_OUTCOMES) == ["-2011", "-2013"]


@pytest.mark.parametrize("code", sorted(ROWS))
def test_a_cancel_so_answered_is_judged_likewise_but_cannot_exist_already(code: str) -> None:
    expected = Outcome.UNKNOWN if ROWS[code] is Outcome.EXISTS else ROWS[code]
    assert outcome_of(code, cancel=True) is expected


@pytest.mark.parametrize("code", ["-2011", "-2013"])
def test_that_an_order_is_not_known_is_no_proof_for_a_cancel_and_senseless_for_an_order(
    code: str,
) -> None:
    assert outcome_of(code, cancel=True) is Outcome.NOT_PROOF
    assert outcome_of(code, cancel=False) is Outcome.UNKNOWN
    assert is_mapped(code, cancel=True)
    assert not is_mapped(code, cancel=False)


@pytest.mark.parametrize("cancel", [False, True])
def test_whatever_is_not_listed_is_unknown(cancel: bool) -> None:  # noqa: FBT001 - a parameter
    dice = random.Random(7)
    codes = {f"-{dice.randrange(1, 99_999)}" for _ in range(2_000)}
    codes |= {f"http {status}" for status in range(100, 600)} | {"ok", "0", "200", " ", "-2019 "}
    for code in sorted(codes - set(OUTCOMES) - set(CANCEL_OUTCOMES)):
        assert outcome_of(code, cancel=cancel) is Outcome.UNKNOWN
        assert not is_mapped(code, cancel=cancel)


def test_concerns_are_those_of_the_table() -> None:
    expected = {
        **dict.fromkeys(RATE.split(","), Concern.RATE),
        **dict.fromkeys(CLOCK.split(","), Concern.CLOCK),
        **dict.fromkeys(KEY.split(","), Concern.KEY),
        **dict.fromkeys(MODE.split(","), Concern.MODE),
        **dict.fromkeys(RULING.split(","), Concern.RULING),
        "http 403": Concern.FIREWALL,
    }
    assert dict(CONCERNS) == expected


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("http 503", "Service Unavailable.", True),
        ("http 503", "Unknown error, please check your request or try again later.", False),
        ("http 503", "", False),
        ("-1008", "Request throttled by system-level protection. Please try again.", True),
        ("-1008", "Server is currently overloaded with other requests.", True),
        ("-1007", "Service Unavailable.", False),
        ("", "", False),
    ],
)
def test_only_a_text_that_says_so_says_that_nothing_was_executed(
    code: str,
    text: str,
    said: bool,  # noqa: FBT001 - a column
) -> None:
    assert says_not_executed(code, text) is said
