"""Runs made up for the measurement: as many lines and scalars as wanted, and one that grows."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from rl_training.runs.paths import RunPaths
from rl_training.runs.status import StatusWriter, new_status

TAGS = (
    *("rollout/ep_rew_mean", "rollout/ep_len_mean", "rollout/success_rate", "time/fps"),
    *("train/value_loss", "train/loss", "train/policy_gradient_loss", "train/approx_kl"),
    *("train/entropy_loss", "train/clip_fraction", "train/explained_variance", "train/std"),
    *("engine/restarts", "engine/physics_ms_mean", "engine/physics_ms_max"),
    *("engine/frame_ms_mean", "engine/frame_ms_max"),
    *(f"reward/term_{i}" for i in range(6)),
    *(f"parameters/parameter_{i}" for i in range(5)),
    *(f"episode/metric_{i}" for i in range(12)),
)
"""40 scalars, as many as a run of PPO with a curriculum logs."""


def make_run(root: Path, name: str, rows: int, tags: tuple[str, ...] = TAGS) -> RunPaths:
    """Write a finished run.

    Args:
        root: folder of `logs/`.
        name: of the run.
        rows: lines of metrics.
        tags: scalars of each line.
    """
    paths = RunPaths(name, root)
    paths.logs.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(len(name) + rows)
    with open(paths.metrics, "w", encoding="utf-8") as file:
        for start in range(0, rows, 10_000):
            count = min(10_000, rows - start)
            noise = random.normal(size=(count, len(tags))).round(5)
            level = [round(100.0 * math.tanh(3.0 * (start + i) / rows), 4) for i in range(count)]
            lines = []
            for i in range(count):
                values = ", ".join(
                    f'"{tag}": {level[i] + value:.5f}'
                    for tag, value in zip(tags, noise[i], strict=True)
                )
                lines.append(f'{{"timesteps": {(start + i + 1) * 100}, {values}}}\n')
            file.writelines(lines)
    about = {"total": rows * 100, "timesteps": rows * 100, "algorithm": "ppo"}
    StatusWriter(paths.status, new_status(name, **about)).update(stage="done", mean_reward=100.0)
    paths.config.write_text("{}", encoding="utf-8")
    return paths


class GrowingRun:
    """A run whose file grows by points a second, in parts of a tenth of a second.

    Args:
        paths: of the run.
        points: scalars a second.
        tags: scalars of each line.
    """

    def __init__(self, paths: RunPaths, points: int, tags: tuple[str, ...] = TAGS) -> None:
        self.written = 0
        self._tags = tags
        self._rows_per_s = points / len(tags)
        self._rows = 0
        self._file = open(paths.metrics, "a", encoding="utf-8")  # noqa: SIM115 - closed in close
        self._began = time.monotonic()

    def catch_up(self) -> None:
        """Write the lines that are due by now."""
        due = int((time.monotonic() - self._began) * self._rows_per_s)
        lines = []
        for i in range(self._rows, due):
            scalars: dict[str, Any] = {"timesteps": (i + 1) * 100, "time": round(time.time(), 3)}
            for j, tag in enumerate(self._tags):
                scalars[tag] = round(100.0 * math.sin(i / 500.0 + j) + i % 7, 4)
            lines.append(json.dumps(scalars) + "\n")
        self._file.writelines(lines)
        self._file.flush()
        self.written += (due - self._rows) * len(self._tags)
        self._rows = due

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def main() -> None:
    """Grow a run in a process of its own: `python -m ...runs ROOT NAME POINTS SECONDS`."""
    import sys

    root, name, points, seconds = sys.argv[1:]
    paths = make_run(Path(root), name, 1)
    paths.metrics.write_text("", encoding="utf-8")
    run = GrowingRun(paths, int(points))
    writer = StatusWriter(paths.status, new_status(name, total=10**9, algorithm="ppo"))
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        run.catch_up()
        writer.update(stage="learning", timesteps=run.written, rate=float(points))
        time.sleep(0.1)
    run.close()
    print(run.written, flush=True)


if __name__ == "__main__":
    main()
