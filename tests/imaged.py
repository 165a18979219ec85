"""A `Rig` whose trades a store sees."""

from application.ports.trade_store import Change
from application.projections.trade_image import TradeImage
from domain.decision.facts import Said
from domain.decision.messages import Heard
from domain.decision.state import State, initial
from domain.decision.step import step
from domain.execution.messages import ReadAccount
from domain.governance.policy import Policy
from domain.shared.enums import RunMode
from tests.fakes.trade_store import MemoryTradeStore
from tests.rig import Rig


class CountingStore(MemoryTradeStore):
    """Counts how often it was tried, too."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = 0

    def apply(self, changes: tuple[Change, ...]) -> None:
        self.tries += 1
        super().apply(changes)


class ImagedRig(Rig):
    """Tells `image` of every event. `told_of` are the outages it told, None for their end."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        store: CountingStore | None = None,
        down: bool = False,
    ) -> None:
        """Open the desk, before which *store* may hold something or be *down*."""
        self.store = store or CountingStore()
        self.store.down = down
        self.sequence = 0
        self.heard: list[Heard] = []
        self.facts: list[Said] = []
        self.told_of: list[str | None] = []
        self.state: State = initial(RunMode.BACKTEST, policy or Policy())
        self.image = self._image()
        super().__init__(policy)

    def hears(self, *events: Heard) -> "ImagedRig":
        """Let the desk hear *events*, and the image after each."""
        for event in events:
            decision = step(self.state, event)
            self.state = decision.state
            self.said += decision.said
            self.asked += decision.asked
            self.facts += decision.said
            self.heard.append(event)
            self.sequence += 1
            self.image(event, decision.said)
            if self.answers and any(isinstance(c, ReadAccount) for c in decision.asked):
                self.hears(self.account())
        return self

    def resumed(self) -> "ImagedRig":
        """Return the desk after a crash: a new image hears every event from the first again."""
        other = ImagedRig.__new__(ImagedRig)
        other.__dict__.update(self.__dict__)
        other.told_of = []
        other.state = initial(RunMode.BACKTEST, Policy())
        other.sequence = 0
        other.image = other._image()
        for event in self.heard:
            decision = step(other.state, event)
            other.state = decision.state
            other.sequence += 1
            other.image(event, decision.said)
        return other

    def _image(self) -> TradeImage:
        return TradeImage(
            self.store, lambda: self.state, lambda: self.sequence, self.told_of.append
        )
