"""The betting evidence: right at the stated rate, whatever is looked at and when."""

from itertools import accumulate
from math import log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ai.sequential import SHARES, Evidence, heard_all

pytestmark = pytest.mark.unit
RATE = 0.05


def test_nothing_heard_proves_nothing() -> None:
    assert Evidence().strength == pytest.approx(0.0)
    assert not Evidence().proves(0.5)


@given(st.lists(st.floats(-5, 5), max_size=60))
def test_the_wealth_is_never_lost_altogether_and_clips_what_is_too_much(xs: list[float]) -> None:
    clipped = [max(-1.0, min(1.0, x)) for x in xs]

    assert heard_all(xs) == heard_all(clipped)
    assert len(heard_all(xs).wealth) == len(SHARES)
    assert heard_all(xs).observations == len(xs)


def test_steady_surpluses_prove_and_steady_losses_never_do() -> None:
    assert heard_all([0.5] * 20).proves(0.01)
    assert heard_all([-0.5] * 20).strength < log(0.5)


def test_false_proofs_stay_below_the_stated_rate_though_one_looks_each_time() -> None:
    def ever_proves(seed: int) -> bool:
        dice = Random(seed)
        steps = (dice.choice((-0.6, 0.6)) for _ in range(300))
        path = accumulate(steps, lambda e, x: e.heard(x), initial=Evidence())
        return any(evidence.proves(RATE) for evidence in path)

    assert sum(map(ever_proves, range(400))) <= RATE * 400
