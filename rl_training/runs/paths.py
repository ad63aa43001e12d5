"""Where a run keeps its files; the one place that spells their names.

    <root>/models/<experiment>_step_<n>.zip    checkpoints
    <root>/models/<experiment>_final.zip       the finished model
    <root>/models/<experiment>_final.onnx      the same for the game
    <root>/logs/<experiment>/                  TensorBoard events, metrics.jsonl, config.json,
                                               engine_failures.jsonl, failures/

An earlier run of the same name is moved to `models/archive/` and `logs/archive/`, never deleted.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rl_training.errors import ModelError

DEFAULT_ROOT = Path(__file__).resolve().parents[1]
"""`rl_training/`, where models and logs go unless told otherwise."""


@dataclass(frozen=True)
class RunPaths:
    """The files of one experiment.

    Attributes:
        experiment: name of the experiment.
        root: folder that holds `models/` and `logs/`.
    """

    experiment: str
    root: Path = DEFAULT_ROOT

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
    def failures(self) -> Path:
        """Folder of recordings of failed episodes."""
        return self.logs / "failures"

    @property
    def config(self) -> Path:
        """The settings of the run."""
        return self.logs / "config.json"

    @property
    def final_model(self) -> Path:
        """The finished model."""
        return self.models / f"{self.experiment}_final.zip"

    @property
    def final_onnx(self) -> Path:
        """The finished model as ONNX."""
        return self.models / f"{self.experiment}_final.onnx"

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
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
        name = f"{self.experiment}-{stamp}"
        moved: Path | None = None
        if self.logs.is_dir() and any(self.logs.iterdir()):
            moved = self.root / "logs" / "archive" / name
            moved.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.logs, moved)
        old = [*self.checkpoints(), self.final_model, self.final_onnx]
        old = [path for path in old if path.is_file()]
        if old:
            moved = self.models / "archive" / name
            moved.mkdir(parents=True)
            for path in old:
                shutil.move(path, moved / path.name)
        return moved

    def _steps(self) -> list[tuple[int, Path]]:
        pattern = re.compile(re.escape(self.experiment) + r"_step_(\d+)\.zip")
        if not self.models.is_dir():
            return []
        matches = ((pattern.fullmatch(path.name), path) for path in self.models.iterdir())
        return [(int(match[1]), path) for match, path in matches if match]


def newest_final_model(root: Path = DEFAULT_ROOT) -> Path:
    """Return the final model (.onnx or .zip) written last, of whichever experiment.

    Raises:
        ModelError: there is none.
    """
    folder = root / "models"
    found = [*folder.glob("*_final.onnx"), *folder.glob("*_final.zip")]
    if not found:
        raise ModelError(f"no *_final.zip in {folder}; train one first or name one with --model")
    return max(found, key=lambda path: path.stat().st_mtime_ns)
