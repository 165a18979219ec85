"""A secret shows itself to nobody who did not ask for it by name."""

import copy
import json
import pickle
from collections.abc import Callable

import pytest

from application.secret import HIDDEN, Secret

pytestmark = pytest.mark.unit

CANARY = "canary-of-this-test"


@pytest.mark.parametrize(
    "shown",
    [str, repr, "{}".format, "{!r}".format, "{:>40}".format, lambda s: f"{[s]} {(s, s)}", ascii],
)
def test_no_way_of_showing_it_shows_it(shown: Callable[[Secret], str]) -> None:
    assert CANARY not in shown(Secret(CANARY))
    assert HIDDEN in shown(Secret(CANARY))


def test_it_cannot_be_written_down() -> None:
    with pytest.raises(TypeError, match="not written down"):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        json.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        hash(Secret(CANARY))


def test_it_is_equal_to_the_same_secret_only() -> None:
    assert Secret(CANARY) == Secret(CANARY) == copy.deepcopy(Secret(CANARY))
    assert Secret(CANARY) != Secret(CANARY + "x")
    assert Secret(CANARY) != CANARY
    assert Secret("é") != Secret("e")
    assert Secret(CANARY)
    assert not Secret("")
    assert Secret(CANARY).reveal() == CANARY
