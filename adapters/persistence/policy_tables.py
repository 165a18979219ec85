"""How policies lie in the store: a row a version, never changed; and one row for the emergency."""

from typing import Final

from sqlalchemy import CheckConstraint, Column

from adapters.persistence.schema import WHOLE, table, text, whole

policies: Final = table(
    "policies",
    Column("version", WHOLE, primary_key=True, autoincrement=False),
    whole("at_ms"),
    text("actor"),
    text("reason"),
    Column("restores", WHOLE, nullable=True),
    text("policy"),
    text("digest"),
)
emergency: Final = table(
    "policy_emergency",
    Column("id", WHOLE, primary_key=True, autoincrement=False),
    whole("epoch"),
    text("note"),
    CheckConstraint("id = 1", name="policy_emergency_is_one_row"),
)
"""`epoch` beside the note that tells it, so that a statement can compare it."""
