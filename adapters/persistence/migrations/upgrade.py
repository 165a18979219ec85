"""Runs the migrations. Imported only when there is one to run: Alembic takes long to load."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from adapters.persistence.schema import REVISIONS


def upgrade(connection: Connection, revision: str = REVISIONS[-1]) -> None:
    """Bring the store up to *revision*, within the transaction of *connection*."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revisions() -> tuple[str, ...]:
    """Return the revisions that there are files for, in order."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(script.revision for script in scripts)[::-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
