"""The errors of the domain."""

import pytest

from domain.shared.errors import DomainError, InvalidPolicy, InvariantBroken

pytestmark = pytest.mark.unit


def test_an_invalid_policy_says_all_its_problems() -> None:
    error = InvalidPolicy(("first", "second"))
    assert error.problems == ("first", "second")
    assert str(error) == "first; second"


def test_every_error_is_the_domains_own() -> None:
    assert issubclass(InvalidPolicy, DomainError)
    assert issubclass(InvariantBroken, DomainError)
