"""How long a real-time game waits for Dreamer: without learning, in turns, and in parallel.

    python tests/soak/measure_dreamer_real_time.py --decisions 300

The game runs in a window at the speed of the clock, on a screen of its own (Xvfb). What is measured
is the time from an observation to the action that answers it: for so long the game stands still.
All three ways take turns on one engine, with the same settings but for when they learn.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnvWrapper

from rl_training.algorithms.registry import learner_class
from rl_training.algorithms.sb3_learner import limit_threads
from rl_training.config.layers import Layer, resolve
from rl_training.engine.virtual_screen import VirtualScreen
from rl_training.engine.xvfb import find_xvfb
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.seats import SeatMonitor
from rl_training.scenarios import get_scenario

WAYS = {
    "no learning": {"learning_starts": 1_000_000},
    "in turns": {"learning": "interleaved"},
    "in parallel": {"learning": "parallel"},
}


class Watched(VecEnvWrapper):
    """Notes when the game got an action, and how long it had waited for it."""

    def __init__(self, venv: Any) -> None:
        super().__init__(venv)
        self.waits: list[float] = []
        self.at: list[float] = []
        self._answered: float | None = None

    def begin(self) -> None:
        """Forget what was noted."""
        self.waits, self.at, self._answered = [], [], None

    def reset(self) -> Any:
        return self.venv.reset()

    def step_async(self, actions: Any) -> None:
        now = time.perf_counter()
        if self._answered is not None:
            self.waits.append(now - self._answered)
        self.at.append(now)
        self.venv.step_async(actions)

    def step_wait(self) -> Any:
        found = self.venv.step_wait()
        self._answered = time.perf_counter()
        return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=300, help="of each turn")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--train_ratio", type=float, default=32.0)
    parser.add_argument("--scenario", default="vr_locomotion")
    parser.add_argument("--port", type=int, default=14200)
    given = parser.parse_args()
    limit_threads(1)
    xvfb = find_xvfb()
    if xvfb is None:
        print("Xvfb is not installed: there is no screen for a game in real time", file=sys.stderr)
        return 2
    scenario = get_scenario(given.scenario)
    assert scenario.action_repeat is not None
    assert scenario.physics_ticks_per_second is not None
    nominal = scenario.physics_ticks_per_second / scenario.action_repeat
    print(f"at the speed of the clock: {nominal:g} decisions/s, {1000 / nominal:.0f} ms each")
    print("| learning | decisions/s | the game waits, ms: mean | 95 % | longest | gradient steps |")
    print("|---|---|---|---|---|---|")
    with VirtualScreen(xvfb) as screen:
        os.environ["DISPLAY"] = screen.display
        with GodotVecEnv(
            project_path=Path(__file__).parents[2],
            scene_path=scenario.scene_path,
            num_envs=1,
            arenas=1,
            show_window=True,
            action_repeat=scenario.action_repeat,
            port=given.port,
            env_args=(
                *("--rendering-driver", "opengl3", "--rendering-method", "gl_compatibility"),
                *("--audio-driver", "Dummy", "--resolution", "160x90"),
            ),
        ) as env:
            watched = Watched(SeatMonitor(env))
            for number in range(given.rounds):
                for name in WAYS if number % 2 == 0 else reversed(WAYS):
                    print(_row(name, watched, given), flush=True)
    return 0


def _row(name: str, env: Watched, given: argparse.Namespace) -> str:
    settings = {
        "name": "dreamer", "learning_starts": 64, "train_ratio": given.train_ratio,
        "batch_size": 8, "sequence_length": 32, **WAYS[name],
    }  # fmt: skip
    timesteps = {"timesteps": given.decisions}
    config = resolve([Layer("measurement", {"algorithm": settings, "training": timesteps})]).config
    make: Any = learner_class("dreamer")
    learner = make(env, config)
    env.begin()
    learner.learn([], Logger(None, []), False)
    waits = 1000.0 * np.array(env.waits)
    rate = (len(env.at) - 1) / (env.at[-1] - env.at[0])
    return (
        f"| {name} | {rate:.2f} | {waits.mean():.1f} | {np.percentile(waits, 95):.1f} | "
        f"{waits.max():.0f} | {learner.model._n_updates} |"
    )


if __name__ == "__main__":
    sys.exit(main())
