"""Policies and the emergency noted beside them."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "policies",
        _key("version"),
        _whole("at_ms"),
        _text("actor"),
        _text("reason"),
        sa.Column("restores", _whole_type(), nullable=True),
        _text("policy"),
        _text("digest"),
        sqlite_strict=True,
    )
    op.create_table(
        "policy_emergency",
        _key("id"),
        _whole("epoch"),
        _text("note"),
        sa.CheckConstraint("id = 1", name="policy_emergency_is_one_row"),
        sqlite_strict=True,
    )


def _whole_type() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, _whole_type(), primary_key=True, autoincrement=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, _whole_type(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
