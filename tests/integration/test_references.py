"""The references in the documentation are those that the code would write now."""

import json
import re
from pathlib import Path

import pytest

from tests.command import quantum_trader

pytestmark = pytest.mark.integration

DOCS = Path(__file__).parents[2] / "docs"
REFERENCES = {
    "policy-reference.md": ("policy", "fields", "--markdown"),
    "api.md": ("api", "--markdown"),
}


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_a_reference_is_what_the_code_says(name: str) -> None:
    told = quantum_trader(*REFERENCES[name])
    assert told.code == 0
    assert (DOCS / name).read_text("utf-8") == told.out, (
        f"docs/{name} is behind: quantum-trader {' '.join(REFERENCES[name])} > docs/{name}"
    )


def test_the_document_of_the_interface_is_printed() -> None:
    told = quantum_trader("api")
    assert json.loads(told.out)["openapi"] == "3.1.0"


def test_every_link_between_the_documents_leads_somewhere() -> None:
    pages = [*DOCS.glob("*.md"), DOCS.parent / "README.md", DOCS.parent / "ARCHITECTURE.md"]
    links = [
        (page, link.partition("#")[0])
        for page in pages
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8"))
        if not link.startswith(("http", "#"))
    ]
    assert links
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_every_command_that_the_operating_guide_names_is_one() -> None:
    text = (DOCS / "operating.md").read_text("utf-8")
    known = quantum_trader("--help").out
    named = set(re.findall(r"`quantum-trader ([a-z]+)", text))
    assert len(named) > 3
    assert [name for name in sorted(named) if not re.search(rf"\b{name}\b", known)] == []
