import pytest

from application.venue_troubles import BAN_TOLD_MS, CLOCK_REFUSALS_MAX, VenueTroubles
from domain.execution.outcomes import CONCERNS, Concern, outcome_of

pytestmark = pytest.mark.unit

AT_ONCE = (Concern.KEY, Concern.MODE, Concern.RULING)
BARRING = (Concern.RATE, Concern.FIREWALL)


class Ears:
    """Hears codes, and notes what is told: (part, whether there is a problem)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []
        self.texts: list[str] = []
        self.troubles = VenueTroubles(self._tell)

    def _tell(self, part: str, problem: str | None) -> None:
        self.told.append((part, problem is not None))
        self.texts.append(problem or "")

    def hears(self, *codes: str, wait_ms: int = 0, of_entry: bool = False) -> "Ears":
        for code in codes:
            outcome = outcome_of(code, cancel=False)
            self.troubles.heard(code, outcome, wait_ms, of_entry=of_entry)
        return self


def codes_of(*concerns: Concern) -> list[str]:
    return sorted(code for code, concern in CONCERNS.items() if concern in concerns)


@pytest.mark.parametrize("code", codes_of(Concern.CLOCK))
def test_only_the_third_refusal_of_clock_or_signature_in_a_row_is_a_trouble(code: str) -> None:
    ears = Ears().hears(*[code] * (CLOCK_REFUSALS_MAX - 1))
    assert ears.told == []
    ears.hears(code, code, code)
    assert ears.told == [("venue clock", True)]
    assert code in ears.texts[0]


@pytest.mark.parametrize("between", ["", "-2019", "-4116"])
def test_an_answer_on_the_merits_between_them_begins_the_count_anew(between: str) -> None:
    ears = Ears().hears("-1021", "-1022", between, "-1021", "-1021")
    assert ears.told == []


@pytest.mark.parametrize("between", ["http 503", "-1007", "-9999", "http 429"])
def test_an_answer_that_proves_nothing_does_not(between: str) -> None:
    ears = Ears().hears("-1021", "-1022", between, "-1021")
    assert ears.told == [("venue clock", True)]


@pytest.mark.parametrize("code", codes_of(*AT_ONCE))
def test_a_key_a_mode_or_a_ruling_is_a_trouble_at_once_and_told_once(code: str) -> None:
    assert Ears().hears(code, code).told == [(f"venue {CONCERNS[code]}", True)]


@pytest.mark.parametrize("code", codes_of(*BARRING))
def test_to_be_barred_is_a_trouble_when_it_is_for_long(code: str) -> None:
    assert Ears().hears(code, wait_ms=BAN_TOLD_MS - 1).told == []
    assert Ears().hears(code, wait_ms=BAN_TOLD_MS).told == [(f"venue {CONCERNS[code]}", True)]


@pytest.mark.parametrize("code", ["", "-2019", "-2022", "-4116"])
def test_an_answer_on_the_merits_ends_all_but_mode_and_ruling(code: str) -> None:
    ears = Ears().hears("-2015", "-1021", "-1021", "-1021", "-4061", "-4192")
    ears.hears("http 418", wait_ms=BAN_TOLD_MS)
    ears.told.clear()
    ears.hears(code, code)
    assert sorted(ears.told) == [
        ("venue clock", False),
        ("venue key", False),
        ("venue rate", False),
    ]


def test_only_an_entry_that_was_taken_ends_mode_and_ruling() -> None:
    ears = Ears().hears("-4061", "-4400")
    ears.told.clear()
    ears.hears("").hears("-2019", of_entry=True)
    assert ears.told == []
    ears.hears("", of_entry=True)
    assert sorted(ears.told) == [("venue mode", False), ("venue ruling", False)]


def test_a_reading_ends_what_it_disproves_and_not_the_trouble_with_the_key() -> None:
    ears = Ears().hears("-2015", "-1021", "-1021", "-1021")
    ears.told.clear()
    ears.troubles.read()
    assert ears.told == [("venue clock", False)]
    ears.hears("-1021", "-1021")
    assert ears.told == [("venue clock", False)]
