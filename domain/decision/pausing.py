"""An operator's hold on entries: begun, ended, or over by itself.

Rule 1: a pause keeps entries back and nothing else; it is a source of the policy like the others.
Rule 2: the emergency stop does not know it: ending a pause never ends an emergency.
"""

from typing import assert_never

from domain.decision.facts import OperatorActed
from domain.decision.messages import EntriesPaused, EntriesUnpaused
from domain.decision.state import Turn
from domain.decision.supervision import govern
from domain.governance.effective_policy import Pause

PAUSE, UNPAUSE = "pause", "unpause"


def hear(turn: Turn, heard: EntriesPaused | EntriesUnpaused) -> None:
    """Begin a pause, or end it."""
    governance = turn.oversight.governance
    match heard:
        case EntriesPaused():
            pause = Pause(heard.actor, heard.reason, turn.at_ms, heard.until_ms)
            govern(turn, governance._replace(pause=pause.over(governance.pause)))
            turn.said.append(OperatorActed(heard.at_ms, PAUSE, heard.actor, heard.reason))
            lapse(turn)
        case EntriesUnpaused():
            govern(turn, governance._replace(pause=None))
            turn.said.append(OperatorActed(heard.at_ms, UNPAUSE, heard.actor, heard.reason))
        case _:
            assert_never(heard)


def lapse(turn: Turn) -> None:
    """End a pause whose time is over."""
    governance = turn.oversight.governance
    pause = governance.pause
    if pause is not None and pause.until_ms and turn.at_ms >= pause.until_ms:
        govern(turn, governance._replace(pause=None))
        turn.said.append(OperatorActed(turn.at_ms, UNPAUSE, pause.owner, "its time is over"))
