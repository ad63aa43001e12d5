"""Obeys the run's control file: save, stop, pause, resume, set.

All but "stop" wait for the end of the update, when nothing is in flight. Looking costs one look at
the clock a decision, and one at the file's size a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from rl_training.errors import HarnessError, UsageError
from rl_training.runs.control import Order
from rl_training.runs.session import RunSession
from rl_training.training.live_parameters import change_parameter
from rl_training.training.stop import StopRequest

_PAUSED_LOOK_S = 0.1

Change = Callable[[str, Any], str]
"""Changes a parameter and says how; raises `HarnessError` when it may not change."""


class ControlCallback(BaseCallback):
    """Obeys commands and says in the run's status what became of each.

    Args:
        session: the run.
        stop: set by "stop".
        save: writes a checkpoint and returns its path.
        change: for "set"; None: `live_parameters.change_parameter`.
    """

    def __init__(
        self,
        session: RunSession,
        stop: StopRequest,
        save: Callable[[], Path],
        change: Change | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._stop = stop
        self._save = save
        self._change = change
        self._waiting: list[Order] = []
        self._paused = False
        # Told when the run's status shows the pause, so that who asked for it finds it paused.
        self._pauses: list[tuple[Order, str]] = []

    def _on_step(self) -> bool:
        self._look()
        return True

    def _on_rollout_start(self) -> None:
        self._obey()
        if not self._paused:
            self._tell_pauses()
            return
        with self._session.stage("paused"):
            self._tell_pauses()
            while self._paused and not self._stop.requested:
                time.sleep(_PAUSED_LOOK_S)
                self._session.writer.update(rate=None, eta_s=None)
                self._look()
                self._obey()
                self._tell_pauses()

    def _on_training_end(self) -> None:
        self._look()
        self._obey()
        self._tell_pauses()

    def _look(self) -> None:
        for order in self._session.control.take():
            if order.command == "stop":
                self._stop.ask("a command")
                self._paused = False
                self._session.answer(order, "stopping, saving and exporting")
            else:
                self._waiting.append(order)

    def _obey(self) -> None:
        waiting, self._waiting = self._waiting, []
        for order in waiting:
            try:
                done = self._do(order)
                if order.command == "pause":
                    self._pauses.append((order, done))
                else:
                    self._session.answer(order, done)
            except HarnessError as error:
                self._session.answer(order, str(error), refused=True)

    def _tell_pauses(self) -> None:
        pauses, self._pauses = self._pauses, []
        for order, done in pauses:
            self._session.answer(order, done)

    def _do(self, order: Order) -> str:
        if order.command == "save":
            with self._session.stage("saving"):
                return f"saved {self._save()}"
        if order.command in ("pause", "resume"):
            self._paused = order.command == "pause"
            done = f"{self.model.num_timesteps:,} steps"
            return f"paused at {done}" if self._paused else f"going on at {done}"
        return self._set(order.values)

    def _set(self, values: Mapping[str, Any]) -> str:
        done: list[str] = []
        for name, value in values.items():
            try:
                done.append(self._changed(name, value))
            except HarnessError as error:
                if not done:
                    raise
                raise UsageError(f"{error}; changed before that: {'; '.join(done)}") from error
        return "; ".join(done)

    def _changed(self, name: str, value: Any) -> str:
        if self._change is not None:
            return self._change(name, value)
        return change_parameter(self.model, name, value)
