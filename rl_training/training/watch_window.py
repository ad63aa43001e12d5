"""The window that attaches to a running training and shows one of its arenas (docs/watching.md).

Called by `spacetime-rl watch`. It starts the game in an engine of its own, which reads what the
run's engines tell (`runs.live_view`, addons/godot_rl/watch), and says how the run stands. The
training is not touched: neither by the window's end nor by its failure.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rl_training.config import TrainConfig
from rl_training.engine.launch import EngineProcess
from rl_training.envs.launch_plan import make_plan
from rl_training.envs.lone_engine import lone_command
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, EngineDiedError, UsageError, nearest
from rl_training.runs.atomic import write_text
from rl_training.runs.paths import RunPaths, experiments
from rl_training.runs.status import ENDED, RunStatus, read_status
from rl_training.scenarios import get_scenario
from rl_training.training.environment import env_settings

_LOOK_S = 0.5
_OF_A_RUN = ("env_seed", "arenas", "isolation", "arena_offset", "arena_total", "action_repeat")


def watch(
    paths: RunPaths,
    arena: int = 0,
    picture: Path | None = None,
    limit_s: float | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Show an arena of a run until the window is closed.

    Args:
        paths: of the run.
        arena: number over all engines, from 0.
        picture: save a picture (PNG) after half a second of play, and end.
        limit_s: longest wait for that picture, in seconds; None: for ever.
        say: told when the run ends.

    Raises:
        UsageError: there is no such run, it has ended, or it has no engine.
        EngineDiedError: the window failed, or no picture came in time.
    """
    settings = watch_settings(paths)
    plan = make_plan(settings, told=False)
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_watch_") as folder, plan.screen() as on:
        told = Path(folder, "told.json")
        words = [f"--rl.watch={paths.live.resolve()}", f"--rl.watch_arena={arena}"]
        words += [f"--rl.watch_told={told}"]
        words += [] if picture is None else [f"--rl.watch_picture={picture.resolve()}"]
        command = lone_command(on, 0, {}, without=_OF_A_RUN)
        # By the clock: a window as fast as it can be would take the cores of the training.
        command = dataclasses.replace(command, fixed_fps=None, extra_args=tuple(words))
        with EngineProcess(command) as window:
            try:
                _follow(window, paths, told, picture, limit_s, say)
            finally:
                window.stop(timeout_s=1.0)
                # A window that was ended leaves its wish, which holds for some seconds.
                (paths.live / f"wanted_window_{window.pid}.json").unlink(missing_ok=True)


def watch_settings(paths: RunPaths) -> EnvSettings:
    """Return what the window shows: the game of a living run, once, with nobody who plays.

    Raises:
        UsageError: there is no such run, it has ended, or it has no engine.
    """
    status = read_status(paths.status)
    if status is None:
        known = experiments(paths.root)
        raise ConfigError(
            f"no run {paths.experiment!r} in {paths.root}.{nearest(paths.experiment, known)} "
            f"Known: {', '.join(known) or 'none'}"
        )
    if status.stage in ENDED:
        raise UsageError(
            f"{standing(status)}: there is nothing to watch; `spacetime-rl play --model "
            f"{paths.final_model}` shows what it learned"
        )
    try:
        config = TrainConfig.from_dict(json.loads(paths.config.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{paths.experiment} has no settings yet ({paths.config}); wait until it learns"
        ) from error
    config = config.replace({"run_root": str(paths.root), "experiment_name": paths.experiment})
    settings = env_settings(config, get_scenario(config.scenario))
    if settings.twin is not None:
        raise UsageError(
            f"{paths.experiment} trains in NumPy worlds, which have no scene; look at them with "
            "`spacetime-rl dashboard`, part Live view"
        )
    return dataclasses.replace(
        settings, num_envs=1, arenas=1, show_window=True, screen="auto", speedup=None, env_args=(),
        pin_cores=False,
    )  # fmt: skip


def standing(status: RunStatus) -> str:
    """Return one line on how a run stands."""
    if status.stage in ENDED:
        words = {"done": "is done", "stopped": "was stopped", "failed": "failed"}
        word = words.get(status.stage, "is dead: its process is gone")
        return f"{status.experiment} {word}, at {status.timesteps:,} of {status.total:,} steps"
    parts = [f"{status.experiment}, {status.stage}: {status.timesteps:,} of {status.total:,} steps"]
    parts += [] if status.rate is None else [f"{status.rate:,.0f}/s"]
    parts += [] if status.mean_reward is None else [f"mean reward {status.mean_reward:.2f}"]
    parts += [] if status.success_rate is None else [f"success {status.success_rate:.0%}"]
    return ", ".join(parts)


def _follow(
    window: EngineProcess,
    paths: RunPaths,
    told: Path,
    picture: Path | None,
    limit_s: float | None,
    say: Callable[[str], None],
) -> None:
    """Tell the window how the run stands until the window is closed."""
    end = None if limit_s is None else time.monotonic() + limit_s
    has_ended = False
    while True:
        status = read_status(paths.status)
        line = f"{paths.experiment}: its files are gone" if status is None else standing(status)
        over = status is None or status.stage in ENDED
        lines = {"lines": [] if over else [line], "note": line if over else ""}
        write_text(told, json.dumps(lines) + "\n")
        if over and not has_ended:
            has_ended = True
            say(f"{line}; close the window to end")
        code = window.wait(_LOOK_S)
        if code is not None:
            if code != 0 or (picture is not None and not picture.is_file()):
                raise EngineDiedError(f"the window failed: {window.describe_end()}")
            return
        if end is not None and time.monotonic() >= end:
            raise EngineDiedError(f"no picture within {limit_s:g} s: {window.describe_end()}")
