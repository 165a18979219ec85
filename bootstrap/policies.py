"""How the policy store is joined to a run: what governs at its opening, and who asks again."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from adapters.persistence.policy_store import SqlPolicyStore
from adapters.policy_cache.memory import MemoryPolicyCache
from application.engine import Engine
from application.errors import BadInput
from application.paper import Watcher
from application.policy_keeper import PolicyKeeper
from application.ports.latch import LatchStore
from application.ports.policy_cache import PolicyCache
from application.ports.policy_store import PolicyStore
from bootstrap.plan import RunPlan
from bootstrap.sections import Stores
from domain.decision.messages import Heard, NoteEmergency
from domain.governance.policy import Policy
from domain.risk.emergency_stop import EMERGENCY

# A session that plays faster than time asks the store no oftener than this, in seconds.
LOOK_AGAIN_S = 0.25


def policy_store_of(stores: Stores, run_dir: Path) -> PolicyStore:
    """Return the policy store that is named, or one in the run's directory."""
    named = stores.policy.reveal()
    return SqlPolicyStore(named or f"sqlite:///{run_dir.absolute() / 'policy.db'}")


def policy_cache_of(stores: Stores, run_dir: Path) -> PolicyCache:
    """Return the cache that is named, or one in process. Raises `BadInput`.

    What it remembers is that of one store, and never taken for another's.
    """
    url = stores.cache.reveal()
    of = stores.policy.reveal() or str(run_dir.absolute())
    place = sha256(of.encode()).hexdigest()[:16]
    if not url:
        return MemoryPolicyCache()
    try:
        from adapters.policy_cache.redis import RedisPolicyCache  # noqa: PLC0415 - an extra
    except ImportError:
        raise BadInput(
            "stores.cache: Redis needs an extra; install it: pip install 'quantum-trader[redis]'"
        ) from None
    try:
        return RedisPolicyCache(url, f"quantum-trader:policy:{place}")
    except ValueError as error:
        raise BadInput(f"stores.cache: {error}") from None


def opening_policy(keeper: PolicyKeeper, plan: RunPlan, at_ms: int) -> Policy:
    """Return what governs when a new run opens: what *plan* names, or else what the store holds."""
    named = plan.policy if plan.policy != Policy() else None
    return keeper.start(named, "startup", "the policy named at the start", at_ms)


def reopening_policy(
    keeper: PolicyKeeper, plan: RunPlan, first: Policy, at_ms: int, latch: LatchStore
) -> Policy:
    """Return what governed when a run that is resumed opened *first*.

    Another policy that *plan* names is returned, too: it shows that the run is not the same.
    """
    kept = latch.read()
    keeper.start(None, "startup", "resumed", at_ms, kept.epoch if kept is not None else 0)
    if kept is not None and kept.epoch:  # the store may have missed how it ended
        reason = "+".join(kept.causes) or "recovered"
        keeper.note(NoteEmergency(at_ms, kept.epoch, kept.mode is EMERGENCY, reason))
    named = replace(plan.policy, version=first.version)
    return first if plan.policy == Policy() else named


class PolicyWatch:
    """Asks the keeper before each close: a watcher of a session.

    What the desk goes by is told first, so that a change made while nobody listened is noticed.
    """

    def __init__(
        self,
        keeper: PolicyKeeper,
        engine: Engine,
        plan: RunPlan,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask *keeper* for the desk of *engine*."""
        self._keeper = keeper
        self._engine = engine
        self._every_s = 0.0 if plan.pace_s else LOOK_AGAIN_S
        self._now_s = now_s
        self._next_s = 0.0

    def __call__(self, at_ms: int) -> tuple[Heard, ...]:
        """Return what the store has to say at *at_ms* of the market."""
        now_s = self._now_s()
        if now_s < self._next_s:
            return ()
        self._next_s = now_s + self._every_s
        self._keeper.assume(self._engine.state.oversight.governance.stored)
        return self._keeper.poll(at_ms)


class Notes:
    """Emergencies on their way to the policy store: taken in at once, told by who may hang."""

    def __init__(self, keeper: PolicyKeeper, watches: Sequence[Watcher]) -> None:
        """Tell *keeper*, then ask all of *watches*."""
        self._keeper = keeper
        self._watches = watches
        self._waiting: deque[NoteEmergency] = deque()

    def note(self, told: NoteEmergency) -> None:
        """Take in what the store shall be told."""
        self._waiting.append(told)

    def __call__(self, at_ms: int) -> tuple[Heard, ...]:
        """Tell the store what waits, and return what there is to hear."""
        while self._waiting:
            self._keeper.note(self._waiting.popleft())
        return tuple(heard for watch in self._watches for heard in watch(at_ms))
