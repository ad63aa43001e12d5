"""What the engines' logs tell while they run: errors of the game's scripts, the addon's warnings.

Called by `engine_group`. A script's error lets the engine go on, wrong: so it is shown at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from rl_training.engine.log_messages import EngineMessages
from rl_training.engine.log_watch import warning_key
from rl_training.envs.engine_client import EngineClient

_log = logging.getLogger(__name__)

_INTERVAL_S = 1.0


class EngineLogs:
    """Looks at the logs of engines, at most once a second.

    Args:
        clients: the engines; the list may change.
        tells: log what is found.
    """

    def __init__(self, clients: Sequence[EngineClient], *, tells: bool) -> None:
        self._clients = clients
        self._tells = tells
        self._look_at = 0.0
        self._warned: set[str] = set()

    def look(self) -> None:
        """Show new errors of the game's scripts, and the addon's warnings once for all engines."""
        now = time.monotonic()
        if now < self._look_at or not self._tells:
            return
        self._look_at = now + _INTERVAL_S
        for client in self._clients:
            if client.process is not None:
                for line in client.process.new_script_errors():
                    _log.warning("engine %d: %s", client.index, line)
                for line in client.process.new_addon_warnings():
                    if warning_key(line) not in self._warned:
                        self._warned.add(warning_key(line))
                        _log.warning("engine %d: %s", client.index, line)

    def messages(self) -> EngineMessages:
        """Return what the logs told: errors of scripts, pushed errors and warnings."""
        self._look_at = 0.0  # a short run may end before its logs were looked at
        self.look()
        told = EngineMessages()
        for client in self._clients:
            if client.process is not None:
                told += client.process.messages()
        return told
