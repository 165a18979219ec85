"""The errors of the domain.

DomainError
|- InvariantBroken     a bug: a value that must not exist was about to
`- InvalidPolicy       input: every wrong field at once, each with its remedy
"""


class DomainError(Exception):
    """Root of all errors the domain raises."""


class InvariantBroken(DomainError):
    """A value or a transition that cannot be: always a bug, never a market condition."""


class InvalidPolicy(DomainError):
    """A policy that may not be adopted. `problems` names every wrong field and its remedy."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))
