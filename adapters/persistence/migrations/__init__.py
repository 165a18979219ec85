"""How a store of an older revision becomes one of the last: Alembic, run by the program itself."""
