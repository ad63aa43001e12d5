"""All modes on the tiny environment; at a step it says so and waits to be sent on or stopped.

    python -m tests.python.studies.all_modes.waiting_run ENVIRONMENT STEP [flags of train]

`test_all_modes` starts it: a signal is then sent to a process that is not the test's own.
"""

from __future__ import annotations

import sys
from typing import Any

from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rl_training.commands.running import configure_logging, run_main
from rl_training.commands.train_flags import parse_given
from rl_training.envs.settings import EnvSettings
from rl_training.studies.all_modes.run import run_stages
from tests.python.tiny_env import tiny_vec_env

STAGES = ["collection", "world_model", "policy", "dreamer", "imitation"]
WAITING = "waiting at the step"


class _Waiting(VecEnvWrapper):
    """Waits for a line on the standard input before a step."""

    def __init__(self, venv: VecEnv, at: int) -> None:
        super().__init__(venv)
        self._left = at

    def reset(self) -> Any:
        return self.venv.reset()

    def step_wait(self) -> Any:
        self._left -= 1
        if self._left == 0:
            print(WAITING, flush=True)
            sys.stdin.readline()
        return self.venv.step_wait()


def main(argv: list[str] | None = None) -> int:
    """Run the stages; wait at step STEP of the environment that is made as number ENVIRONMENT."""
    given = list(sys.argv[1:] if argv is None else argv)
    chosen, step, words = int(given[0]), int(given[1]), given[2:]
    configure_logging()
    made = 0

    def make(_settings: EnvSettings, _kind: Any) -> VecEnv:
        nonlocal made
        made += 1
        env = tiny_vec_env()
        return _Waiting(env, step) if made == chosen else env

    flags, _ = parse_given(words, "vr_locomotion", "")
    run_stages(flags, STAGES, make, lambda record: print(record.summary(STAGES)))
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
