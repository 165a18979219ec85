"""What an examination found: one line each, and what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple

from application.errors import ApplicationError


class State(StrEnum):
    """How serious a finding is: FAIL keeps a run from starting or from being safe."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """`part` was examined and is in `state`; `remedy` is empty when there is nothing to do."""

    part: str
    state: State
    text: str
    remedy: str = ""


class Findings:
    """Collects what is found."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.all: list[Finding] = []

    def ok(self, part: str, text: str) -> None:
        """Note that *part* is as it should be."""
        self.all.append(Finding(part, State.OK, text))

    def warn(self, part: str, text: str, remedy: str) -> None:
        """Note that *part* works, but should be looked at."""
        self.all.append(Finding(part, State.WARN, text, remedy))

    def fail(self, part: str, text: str, remedy: str) -> None:
        """Note that *part* does not work."""
        self.all.append(Finding(part, State.FAIL, text, remedy))

    @contextmanager
    def failing(self, part: str, remedy: str) -> Iterator[None]:
        """Turn an error of ours or of the system into a finding, so that the others are made."""
        try:
            yield
        except ApplicationError as error:
            for problem in str(error).splitlines():
                self.fail(part, problem, remedy)
        except OSError as error:
            self.fail(part, f"{error.filename or 'the system'}: {error.strerror}", remedy)

    @property
    def failed(self) -> bool:
        """Tell whether anything keeps a run from starting or from being safe."""
        return any(finding.state is State.FAIL for finding in self.all)
