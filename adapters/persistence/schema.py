"""What every table of the store is made of, and the revisions that the store has gone through.

Rule 1: `METADATA` is the store as it is now. A new store is laid out by it at once; an older one
is brought to the same by the migrations, one revision after the other. A test holds both equal.
Rule 2: a table that is added, or changed, is a new revision: a file in `migrations/versions`, and
its name at the end of `REVISIONS`. A revision that was released is never edited.
Rule 3: a decimal keeps every digit: text on SQLite, NUMERIC on PostgreSQL. Tables are STRICT.
"""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from application.errors import IntegrityFailure

REVISIONS: Final = ("0001", "0002")
VERSION_TABLE: Final = "quantum_trader_version"

METADATA: Final = MetaData()
WHOLE: Final = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 64 bits. SQLite counts keys by itself only if they are plain INTEGER."""


class Exact(TypeDecorator[Decimal]):
    """A decimal that comes back with the digits it went in with."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of *dialect* that keeps every digit."""
        return dialect.type_descriptor(Numeric() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:  # noqa: ANN401 - the driver's
        """Return what stands for *value* in the store."""
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401, ARG002 - the driver's; the interface
        """Return the decimal that *value* stands for. Raises `IntegrityFailure` when it is none."""
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(value)
        except InvalidOperation as error:
            raise IntegrityFailure(f"{value!r} stands in the store where a number stood") from error


def table(name: str, *parts: Any) -> Table:  # noqa: ANN401 - columns and constraints
    """Add a table to the store: STRICT on SQLite, so that no column takes what it is not."""
    return Table(name, METADATA, *parts, sqlite_strict=True)


def text(name: str, *, is_key: bool = False, is_optional: bool = False) -> Column[str]:
    """Return a column of text."""
    return Column(name, Text, primary_key=is_key, nullable=is_optional)


def whole(name: str) -> Column[int]:
    """Return a column of whole numbers."""
    return Column(name, WHOLE, nullable=False)


def counted(name: str) -> Column[int]:
    """Return a column of whole numbers that the store counts up by itself, the primary key."""
    return Column(name, WHOLE, primary_key=True, autoincrement=True)


def exact(name: str, *, is_optional: bool = False) -> Column[Decimal]:
    """Return a column of exact decimals."""
    return Column(name, Exact, nullable=is_optional)


version = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
"""Which revision a store is of: one row. It is Alembic's own table, under a name that is ours."""
