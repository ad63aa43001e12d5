"""How often a failed engine may be replaced, and what is kept of each replacement.

Called by `engine_group`, which does the replacing, and read by whoever reports it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rl_training.errors import EngineFailure, HarnessError
from rl_training.runs.seeds import episode_seed

RESTART_WINDOW_S = 600.0
"""`max_restarts` is counted over this many seconds."""

# Far from the numbers of a run's episodes, so that no restart replays them.
_FIRST_STREAM = 0x40000000


@dataclass(frozen=True)
class EngineRestart:
    """One engine that failed and was replaced.

    Attributes:
        engine: its number in the run, from 0.
        time: Unix seconds at which its replacement was ready.
        downtime_s: from the moment the failure was noticed until then.
        reason: the error's message.
        failure: the engine's state when it failed.
        error: name of the error's class, for instance EngineTimeoutError for one that hung.
    """

    engine: int
    time: float
    downtime_s: float
    reason: str
    failure: EngineFailure | None
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        failure = None if self.failure is None else dict(vars(self.failure))
        if failure is not None:
            failure["log_tail"] = list(failure["log_tail"])
        return {**vars(self), "failure": failure}


class RestartBudget:
    """Allows so many restarts within `RESTART_WINDOW_S` and no more.

    Args:
        limit: >= 0; 0: every failure ends the run.
        clock: seconds, for tests.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._spent: deque[float] = deque()

    def spend(self, error: HarnessError) -> None:
        """Count a restart.

        Args:
            error: why it is needed.

        Raises:
            HarnessError: `error`'s kind, when the limit is reached.
        """
        if self.limit == 0:
            raise error
        now = self._clock()
        while self._spent and now - self._spent[0] > RESTART_WINDOW_S:
            self._spent.popleft()
        if len(self._spent) >= self.limit:
            last = type(error)(
                f"{error}; engines were restarted {self.limit} times within "
                f"{RESTART_WINDOW_S / 60:.0f} minutes, which is the limit: look at the cause, or "
                "raise --max_restarts"
            )
            last.failure = error.failure
            raise last from error
        self._spent.append(now)


def restart_seed(seed: int, number: int) -> int:
    """Return the seed of a replacement's episodes.

    Args:
        seed: of the run, in [0, 2**31).
        number: of the restart in the run, from 1; each gives other episodes.
    """
    return episode_seed(seed, _FIRST_STREAM + number)
