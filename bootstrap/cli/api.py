"""`quantum-trader api`: the operator's interface, described."""

import json
import sys
from typing import Annotated

import typer


def api(
    *,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a page.")] = False,
) -> None:
    """Print the OpenAPI document of the operator's interface; no daemon is needed."""
    # It takes a moment to import; `--help` shall not wait for it.
    from adapters.operator_api.openapi import document  # noqa: PLC0415 - see above
    from adapters.operator_api.reference import markdown  # noqa: PLC0415 - see above

    sys.stdout.write((markdown() if as_markdown else json.dumps(document(), indent=1)) + "\n")
