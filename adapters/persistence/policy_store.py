"""Policies in SQLite or PostgreSQL: appended versions, compared and set in one transaction.

Rule 1: two writers that read the same version cannot both write the next: the version is the key.
Rule 2: the emergency's epoch is compared by the statement that writes it, so it cannot fall.
Rule 3: nothing is opened before it is asked for: a store that is down does not stop the start.
"""

from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from adapters.persistence.database import open_database
from adapters.persistence.engines import reading, writing
from adapters.persistence.policy_tables import emergency, policies
from application.errors import IntegrityFailure, VersionConflict
from application.policy_text import (
    NO_EMERGENCY,
    checked,
    digest_of,
    note_of,
    note_text,
    policy_of,
    text_of,
)
from application.ports.policy_store import (
    EmergencyNote,
    PolicyRecord,
    PolicyStore,
    StoredPolicy,
)

_LATEST = select(policies).order_by(policies.c.version.desc())


class SqlPolicyStore:
    """Satisfies `PolicyStore`. Also raises `IntegrityFailure` at what is not what was written."""

    def __init__(self, url: str) -> None:
        """Keep policies at *url*: `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`."""
        self._url = url
        self._engine: Engine | None = None

    def current(self) -> StoredPolicy | None:
        """Return what governs, None in a store that was never written to."""
        with reading(self._open()) as connection:
            row = connection.execute(_LATEST.limit(1)).first()
            if row is None:
                return None
            return StoredPolicy(_record(row), _noted(connection))

    def put(self, record: PolicyRecord, expected_version: int) -> None:
        """Add *record* after version *expected_version*. Raises `VersionConflict`."""
        policy = text_of(record.policy)
        with writing(self._open()) as connection:
            found = connection.execute(select(func.max(policies.c.version))).scalar() or 0
            if (found, record.policy.version) != (expected_version, expected_version + 1):
                raise conflict(found, record, expected_version)
            values = {
                "version": record.policy.version,
                "at_ms": record.at_ms,
                "actor": record.actor,
                "reason": record.reason,
                "restores": record.restores,
                "policy": policy,
                "digest": digest_of(record, policy),
            }
            try:
                connection.execute(policies.insert().values(values))
            except IntegrityError:  # another writer was faster, between the look and the word
                raise conflict(record.policy.version, record, expected_version) from None

    def history(self, limit: int = 100) -> tuple[PolicyRecord, ...]:
        """Return the latest *limit* records, newest first."""
        with reading(self._open()) as connection:
            return tuple(_record(row) for row in connection.execute(_LATEST.limit(limit)))

    def version(self, number: int) -> PolicyRecord | None:
        """Return the record of version *number*, None when there is none."""
        with reading(self._open()) as connection:
            row = connection.execute(select(policies).where(policies.c.version == number)).first()
            return None if row is None else _record(row)

    def note_emergency(self, note: EmergencyNote) -> EmergencyNote:
        """Keep *note* unless the one kept has a higher epoch; return the one kept after it."""
        engine = self._open()
        insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        new = insert(emergency).values(id=1, epoch=note.epoch, note=note_text(note))
        guarded = new.on_conflict_do_update(
            index_elements=[emergency.c.id],
            set_={"epoch": new.excluded.epoch, "note": new.excluded.note},
            where=emergency.c.epoch <= new.excluded.epoch,
        )
        with writing(engine) as connection:
            connection.execute(guarded)
            return _noted(connection)

    def close(self) -> None:
        """Let go of the store. It opens again when it is asked again."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _open(self) -> Engine:
        if self._engine is None:
            self._engine = open_database(self._url)
        return self._engine


def conflict(found: int, record: PolicyRecord, expected: int) -> VersionConflict:
    """Return why *record* cannot follow version *expected* in a store whose latest is *found*."""
    return VersionConflict(
        f"policy version {record.policy.version} cannot follow version {expected}: the store is at "
        f"version {found}; read it again, then decide again"
    )


def _record(row: Row[tuple[object, ...]]) -> PolicyRecord:
    policy = policy_of(row.policy)
    if policy.version != row.version:
        raise IntegrityFailure(f"policy version {row.version} calls itself {policy.version}")
    record = PolicyRecord(policy, row.at_ms, row.actor, row.reason, row.restores)
    return checked(record, row.policy, row.digest)


def _noted(connection: Connection) -> EmergencyNote:
    text = connection.execute(select(emergency.c.note)).scalar_one_or_none()
    return NO_EMERGENCY if text is None else note_of(text)


_: type[PolicyStore] = SqlPolicyStore
