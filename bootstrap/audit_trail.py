"""Who signs an audit trail, as what, and where the proof goes: from the settings of a run."""

import re
import time
from collections.abc import Mapping
from pathlib import Path

from adapters.audit.log import AuditFiles
from adapters.audit.sealing import Sealing
from adapters.signing import Signer
from application.errors import BadInput
from application.ports.notifier import Notifier
from bootstrap.remote_venue import state_dir_of
from bootstrap.settings import Settings
from domain.decision.messages import Page, Severity
from domain.shared.enums import RunMode

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]")


def origin_of(run_dir: Path) -> str:
    """Return the name under which the trail of a run is signed."""
    return f"quantum-trader/{_NOT_PLAIN.sub('-', run_dir.absolute().name) or 'run'}"


def key_file_of(settings: Settings) -> Path:
    """Return where the key lies that trails are signed with."""
    return settings.audit.key_file or state_dir_of(settings) / "audit.key"


def signer_of(settings: Settings) -> Signer:
    """Return who signs, with a new key when there is none. Raises `BadInput`."""
    path = key_file_of(settings)
    try:
        try:
            return Signer.at(path)
        except FileExistsError:  # another run made it in this moment
            return Signer.at(path)
    except OSError as error:
        raise BadInput(
            f"audit.key_file: {path}: {error.strerror}; name a place to write"
        ) from error


def audit_figures(files: AuditFiles) -> Mapping[str, float]:
    """Return what is measured of a trail, by the names of the metrics."""
    told = {"audit.records": float(files.records)}
    return told if files.seal is None else {**told, "audit.checkpoint_age": files.seal.age_s()}


def sealing_of(settings: Settings, run_dir: Path, bell: Notifier) -> Sealing | None:
    """Return how the trail of a run is signed; a back-test's is not. Raises `BadInput`."""
    if settings.mode is RunMode.BACKTEST:
        return None

    def ring(text: str) -> None:
        bell.notify(Page(int(time.time() * 1000), Severity.WARNING, text))

    asked = settings.audit
    return Sealing(
        signer_of(settings),
        origin_of(run_dir),
        asked.export_dir,
        asked.checkpoint_records,
        asked.checkpoint_seconds,
        ring,
    )
