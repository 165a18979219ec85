"""The mark of a type: another one for every change in what it is made of."""

from collections.abc import Mapping
from dataclasses import make_dataclass
from enum import StrEnum

import pytest

from adapters.persistence.shape import SHAPE_BYTES, shape_of
from domain.decision.state import State

pytestmark = pytest.mark.unit


def word(*values: str) -> type:
    return type(next(iter(StrEnum("Word", {value.upper(): value for value in values}))))


def record(name: str = "Record", **fields: object) -> type:
    return make_dataclass(name, fields.items())


def test_every_change_of_a_field_changes_the_mark_of_what_holds_it() -> None:
    kinds = [
        record(a=int),
        record(b=int),
        record(a=float),
        record(a=int, b=int),
        record(b=int, a=int),
        record(a=int | None),
        record(a=tuple[int, ...]),
        record(a=Mapping[str, int]),
        record(a=word("x")),
        record(a=word("x", "y")),
        record(a=record("Inner", a=int)),
        record(a=record("Inner", c=int)),
    ]
    assert len({shape_of(kind) for kind in kinds}) == len(kinds)


def test_the_same_shape_has_the_same_mark() -> None:
    assert shape_of(record(a=word("x"))) == shape_of(record(a=word("x")))
    assert len(shape_of(State)) == SHAPE_BYTES
