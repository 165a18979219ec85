"""The errors between ports and application.

ApplicationError
|- BadInput          theirs: a file, a key, a flag; says which and what to do (exit code 2)
|- IntegrityFailure  a record is not what was written (exit code 3)
|- IllegalTransition a trade or an order cannot become what a store is told it became
|- VersionConflict   somebody else was first: read again, then decide again
|- NotNow            the state of the desk does not allow it
`- PortError         the world failed us
   |- StoreUnavailable
   `- VenueUnavailable
      `- NotSent      the venue was certainly not told
"""


class ApplicationError(Exception):
    """Root of all errors the application raises on purpose."""


class BadInput(ApplicationError):
    """Input that cannot be used. `problems` lists every fault found, each with its remedy."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class IntegrityFailure(ApplicationError):
    """A journal or an audit trail that is not what was written."""


class IllegalTransition(ApplicationError):
    """A state that cannot follow the one stored: a bug, or two writers."""


class VersionConflict(ApplicationError):
    """What was to be changed has changed already. Read it again and decide again."""


class NotNow(ApplicationError):
    """What was wished for has no place in the state that the desk is in."""


class PortError(ApplicationError):
    """Something outside did not do what was asked of it."""


class StoreUnavailable(PortError):
    """A store cannot be read or written."""


class VenueUnavailable(PortError):
    """The venue cannot be reached; whether it acted is unknown."""


class NotSent(VenueUnavailable):
    """Nothing was sent: no byte of the command left the house, so the venue cannot have acted."""
