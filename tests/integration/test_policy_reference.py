"""The reference of the policy in the documentation is the one that the code would write now."""

from pathlib import Path

import pytest

from tests.command import quantum_trader

pytestmark = pytest.mark.integration

DOCUMENT = Path(__file__).parents[2] / "docs" / "policy-reference.md"


def test_the_reference_is_what_the_code_says() -> None:
    told = quantum_trader("policy", "fields", "--markdown")
    assert told.code == 0
    assert DOCUMENT.read_text("utf-8") == told.out, (
        "docs/policy-reference.md is behind: quantum-trader policy fields --markdown > it"
    )
