"""Where a run keeps its files; the one place that spells their names.

    <root>/models/<experiment>_step_<n>.zip    checkpoints
    <root>/models/<experiment>_best.zip        the best one of the evaluations in training
    <root>/models/<experiment>_final.zip       the finished model
    <root>/models/<experiment>_final.onnx      the same for the game
    <root>/models/<experiment>_<policy>_final.onnx   of one of several policies
    <root>/models/<experiment>_policies/       replay buffers of several policies
    <root>/logs/<experiment>/                  TensorBoard events, metrics.jsonl, config.json,
                                               status.json, control, artefacts.json, train.log,
                                               observations.json, observations_<policy>.json,
                                               engine_failures.jsonl, failures/, live/,
                                               checkpoints/milestones/ (`milestones`)
    <root>/logs/.locks/<experiment>            held while the run lives

The root is `rl_training/` in a clone and `./rl_runs` under the working folder when the package was
installed from a wheel (`default_root`). An earlier run of the same name is moved to
`models/archive/` and `logs/archive/`, never deleted.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.errors import ModelError

INSTALLED_ROOT = "rl_runs"
"""Folder under the working folder that holds `models/` and `logs/` of a pip installation."""

_PACKAGE = Path(__file__).resolve().parents[1]

if TYPE_CHECKING:
    DEFAULT_ROOT: Path


def default_root(package: Path = _PACKAGE) -> Path:
    """Return the folder of `models/` and `logs/` that is used unless `--run_root` names another.

    Args:
        package: folder of the package. In a clone `pyproject.toml` lies beside it, and runs go
            into the package; in site-packages there is none, and they go to `./rl_runs`.
    """
    if (package.parent / "pyproject.toml").is_file():
        return package
    return Path.cwd() / INSTALLED_ROOT


def __getattr__(name: str) -> Any:
    """Give `DEFAULT_ROOT`, the older name of what `default_root` returns."""
    if name == "DEFAULT_ROOT":
        return default_root()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@dataclass(frozen=True)
class RunPaths:
    """The files of one experiment.

    Attributes:
        experiment: name of the experiment.
        root: folder that holds `models/` and `logs/`.
    """

    experiment: str
    root: Path = field(default_factory=default_root)

    @property
    def models(self) -> Path:
        """Folder of the models of all experiments."""
        return self.root / "models"

    @property
    def logs(self) -> Path:
        """Folder of this experiment's TensorBoard events and metrics."""
        return self.root / "logs" / self.experiment

    @property
    def metrics(self) -> Path:
        """The scalars of the run, one JSON object per line."""
        return self.logs / "metrics.jsonl"

    @property
    def engine_failures(self) -> Path:
        """What is known of every engine that failed, one JSON object per line."""
        return self.logs / "engine_failures.jsonl"

    @property
    def finds(self) -> Path:
        """What an agent that is paid for finding bugs has found (`training.finds`)."""
        return self.logs / "finds.json"

    @property
    def failures(self) -> Path:
        """Folder of recordings of failed episodes."""
        return self.logs / "failures"

    @property
    def live(self) -> Path:
        """Folder in which a run that is watched tells where its bodies are (`live_view`)."""
        return self.logs / "live"

    @property
    def config(self) -> Path:
        """The settings of the run."""
        return self.logs / "config.json"

    @property
    def lock(self) -> Path:
        """Held while the run lives; outside of `logs`, which an archived run takes with it."""
        return self.root / "logs" / ".locks" / self.experiment

    @property
    def status(self) -> Path:
        """How the run stands, rewritten every few seconds."""
        return self.logs / "status.json"

    @property
    def control(self) -> Path:
        """Commands to the living run, one JSON object per line."""
        return self.logs / "control"

    @property
    def artefacts(self) -> Path:
        """What the run made: models, ONNX files, reports."""
        return self.logs / "artefacts.json"

    @property
    def observations(self) -> Path:
        """Range of every element of the observation, as far as it was seen."""
        return self.logs / "observations.json"

    @property
    def train_log(self) -> Path:
        """What the run said, line by line."""
        return self.logs / "train.log"

    @property
    def best_model(self) -> Path:
        """The best model of the evaluations in training."""
        return self.models / f"{self.experiment}_best.zip"

    @property
    def final_model(self) -> Path:
        """The finished model."""
        return self.models / f"{self.experiment}_final.zip"

    @property
    def final_onnx(self) -> Path:
        """The finished model as ONNX."""
        return self.models / f"{self.experiment}_final.onnx"

    @property
    def replay_buffer(self) -> Path:
        """What an off-policy learner has collected, as of the newest checkpoint."""
        return self.models / f"{self.experiment}_replay_buffer.npz"

    @property
    def policies(self) -> Path:
        """Folder of what several policies keep beside their checkpoint: their replay buffers."""
        return self.models / f"{self.experiment}_policies"

    def policy_onnx(self, policy: str) -> Path:
        """Return the finished model of one of several policies as ONNX."""
        return self.models / f"{self.experiment}_{policy_file(policy)}_final.onnx"

    def policy_observations(self, policy: str) -> Path:
        """Return where the ranges of one of several policies' observation are kept."""
        return self.logs / f"observations_{policy_file(policy)}.json"

    def step_model(self, timesteps: int) -> Path:
        """Return the path of the checkpoint at `timesteps`."""
        return self.models / f"{self.experiment}_step_{timesteps}.zip"

    def checkpoints(self) -> list[Path]:
        """Return the step checkpoints that exist, by rising timesteps."""
        return [path for _, path in sorted(self._steps())]

    def resume_point(self) -> Path:
        """Return the file to go on from: the finished model or the last checkpoint, the newer one.

        Raises:
            ModelError: the experiment has neither.
        """
        found = self.checkpoints()[-1:]
        if self.final_model.is_file():
            found.append(self.final_model)
        if not found:
            raise ModelError(
                f"nothing to resume: {self.models} holds no {self.experiment}_step_*.zip and no "
                f"{self.experiment}_final.zip; train without --resume first"
            )
        return max(found, key=lambda path: path.stat().st_mtime_ns)

    def archive_earlier_run(self) -> Path | None:
        """Move the files of an earlier run of this name aside.

        Returns:
            The folder that holds its models or logs now, or None when there was no earlier run.
        """
        exported = self._policy_files()
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
        name = f"{self.experiment}-{stamp}"
        moved: Path | None = None
        if self.logs.is_dir() and any(self.logs.iterdir()):
            moved = self.root / "logs" / "archive" / name
            moved.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.logs, moved)
        old = [*self.checkpoints(), self.best_model, self.final_model, self.final_onnx]
        old = [*dict.fromkeys([*old, self.replay_buffer, *exported])]
        old = [path for path in old if path.is_file()]
        old += [self.policies] if self.policies.is_dir() else []
        if old:
            moved = self.models / "archive" / name
            moved.mkdir(parents=True)
            for path in old:
                shutil.move(path, moved / path.name)
        return moved

    def _policy_files(self) -> list[Path]:
        """Return the ONNX files of several policies; another run's name may begin like this one."""
        try:
            rows = json.loads(self.artefacts.read_text(encoding="utf-8"))["artefacts"]
            return [self.root / row["path"] for row in rows if row["kind"] == "onnx"]
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def _steps(self) -> list[tuple[int, Path]]:
        pattern = re.compile(re.escape(self.experiment) + r"_step_(\d+)\.zip")
        if not self.models.is_dir():
            return []
        matches = ((pattern.fullmatch(path.name), path) for path in self.models.iterdir())
        return [(int(match[1]), path) for match, path in matches if match]


def policy_file(name: str) -> str:
    """Return a policy's name as in files: other than letters, digits, ".", "_", "-" become "_"."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name) or "_"


def newest_final_model(root: Path | None = None) -> Path:
    """Return the final model (.onnx or .zip) written last, of whichever experiment.

    Args:
        root: folder of `models/`; None: `default_root()`.

    Raises:
        ModelError: there is none.
    """
    folder = (default_root() if root is None else root) / "models"
    found = [*folder.glob("*_final.onnx"), *folder.glob("*_final.zip")]
    if not found:
        raise ModelError(f"no *_final.zip in {folder}; train one first or name one with --model")
    return max(found, key=lambda path: path.stat().st_mtime_ns)


def experiments(root: Path) -> list[str]:
    """Return the names of the experiments that have a folder of logs, in alphabetical order."""
    folder = root / "logs"
    if not folder.is_dir():
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and path.name != "archive" and not path.name.startswith(".")
    )
