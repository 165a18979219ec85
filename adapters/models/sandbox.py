"""The proof of an artefact: a confined process loads it first, and sees its golden rows again."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.models.formats import format_of
from application.errors import IntegrityFailure
from application.ports.model_registry import Artefact

DEADLINE_S: Final = 60.0
COMMAND: Final = (sys.executable, "-m", "adapters.models.confined")
_HOME: Final = Path(__file__).parents[2]
# Nothing of this process's environment, which may hold secrets. Threads are stacks, and memory.
_ENVIRONMENT: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


class SandboxedProof:
    """Proves artefacts, one process each."""

    def __init__(self, command: Sequence[str] = COMMAND, *, deadline_s: float = DEADLINE_S) -> None:
        """Run *command*, which may take *deadline_s*."""
        self._command = tuple(command)
        self._deadline_s = deadline_s
        self.started = 0

    def __call__(self, artefact: Artefact) -> None:
        """Raise `IntegrityFailure` unless *artefact* loads and answers as at its training."""
        manifest = artefact.manifest
        request = {
            "format": format_of(manifest.kind).value,
            "name": manifest.name,
            "calibration": dict(manifest.calibration),
            "golden": None if artefact.golden is None else artefact.golden._asdict(),
        }
        self.started += 1
        try:
            ended = subprocess.run(  # noqa: S603 - our own program, no shell
                self._command,
                input=json.dumps(request).encode() + b"\n" + artefact.content,
                capture_output=True,
                timeout=self._deadline_s,
                check=False,
                cwd=_HOME,
                env=_ENVIRONMENT,
            )
        except subprocess.TimeoutExpired:
            raise IntegrityFailure(
                f"model {manifest.model_id}: did not load within {self._deadline_s:g} s; refused"
            ) from None
        answer = _answer_in(ended.stdout)
        if answer is None:
            text = ended.stderr.decode(errors="replace").strip()[-300:]
            raise IntegrityFailure(
                f"model {manifest.model_id}: its process ended with {ended.returncode} while "
                f"loading it; refused {text}".rstrip()
            )
        if not answer["ok"]:
            raise IntegrityFailure(
                f"model {manifest.model_id}: {answer['problem']}; refused, train anew"
            )


def _answer_in(output: bytes) -> dict[str, object] | None:
    """Return the last line of *output* as an answer, None when it is none."""
    lines = output.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and "ok" in answer else None
