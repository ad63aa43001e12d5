"""A worker process of `SubprocGodotVecEnv`: one engine, one port, all its agents.

Its first answer is the engine's `EnvInfo`; then it answers each command of the parent
(`group_commands`). It imports neither
Stable-Baselines3 nor torch, and its engine ends with it: at a close command, when the parent is
gone, and at any error of the engine.
"""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from rl_training.envs.engine_group import EngineGroup
from rl_training.envs.group_commands import answer, is_over
from rl_training.envs.launch_plan import LaunchPlan
from rl_training.errors import HarnessError
from rl_training.protocol import Listener


@dataclass(frozen=True)
class WorkerTask:
    """What a worker runs; can be pickled.

    Attributes:
        index: number of the engine.
        plan: how it is launched.
    """

    index: int
    plan: LaunchPlan


def run_worker(remote: Connection, parent_remote: Connection, task: WorkerTask, sock: Any) -> None:
    """Serve the parent until it says close or is gone.

    Args:
        remote: this worker's end of the pipe.
        parent_remote: the parent's end, inherited by a fork; closed at once, or the parent's death
            would go unnoticed.
        task: what to run.
        sock: the listening socket, bound by the parent.
    """
    parent_remote.close()
    # Ctrl-C reaches the whole terminal group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    group: EngineGroup | None = None
    try:
        group = EngineGroup(task.plan, [Listener(sock)], task.index)
        remote.send(("ok", group.info, []))
        while _serve(remote, group):
            pass
    except HarnessError as error:
        with contextlib.suppress(OSError):
            remote.send(("error", error))
    except (EOFError, OSError):
        pass  # the parent is gone
    finally:
        if group is not None:
            group.close()
        remote.close()


def _serve(remote: Connection, group: EngineGroup) -> bool:
    """Answer one command; return False after the last one."""
    name, data = remote.recv()
    if name == "close":
        return False
    given = answer(group, name, data)
    remote.send(given)
    return not is_over(given)
