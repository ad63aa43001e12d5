"""The files behind the models that are played: policy sets unpacked, checkpoints exported.

`evaluate` and `model_comparison` ask it before anything is started. It knows no engine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta
from rl_training.checkpoints.policy_set import is_policy_set, read_policy_set
from rl_training.errors import ModelError, UsageError
from rl_training.evaluation.model_run import run_of
from rl_training.evaluation.report_parts import Run
from rl_training.play.players import Players
from rl_training.policy_export.certificate import read_certificate
from rl_training.policy_export.onnx_export import export


@contextmanager
def unpacked(players: Players) -> Iterator[Players]:
    """Replace policy sets by the models in them, for the time of the block.

    A set that plays all agents plays each of its groups by that group's model; a set that is named
    for one group plays it by its model of that name.

    Raises:
        ModelError: a file is missing or damaged, or a set has no such group.
    """
    for file in players.files:
        if not file.is_file():
            # Before an engine starts; loading says more about files of the wrong kind.
            raise ModelError(f"no model at {file}")
    if not any(is_policy_set(file) for file in players.files):
        yield players
        return
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        others = players.others
        groups: dict[str, Path | None] = {}
        if others is not None and is_policy_set(others):
            for name in read_policy_set(others).names:
                groups[name] = _taken_out(others, name, Path(folder))
            others = None
        for name, named in players.groups.items():
            is_set = named is not None and is_policy_set(named)
            groups[name] = _taken_out(named, name, Path(folder)) if named and is_set else named
        yield Players(others, groups)


@contextmanager
def exported(players: Players) -> Iterator[Players]:
    """Replace checkpoints by their ONNX files, for the time of the block.

    Raises:
        ModelError: a file is neither .zip nor .onnx, or cannot be exported.
        UsageError: somebody is played by random actions, which no engine does by itself.
    """
    if players.any_random:
        raise UsageError("random play goes through Python: leave out --in_engine")
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        made = {
            file: as_onnx(file, Path(folder, f"policy_{number}.onnx"))
            for number, file in enumerate(players.files)
        }
        groups = {
            name: None if file is None else made[file] for name, file in players.groups.items()
        }
        yield Players(None if players.others is None else made[players.others], groups)


def as_onnx(path: Path, target: Path) -> Path:
    """Return a model's ONNX file: itself, or what a checkpoint is exported to.

    Args:
        path: .zip or .onnx.
        target: where a checkpoint is exported to.

    Raises:
        ModelError: it is neither, or cannot be exported.
    """
    if path.suffix == ".onnx":
        return path
    if path.suffix != ".zip":
        raise ModelError(f"{path} must end in .zip or .onnx")
    checkpoint = load_checkpoint(path)
    export(checkpoint.model, checkpoint.normaliser, target, checkpoint.meta, checkpoint.recorded)
    return target


def runs_of(players: Players) -> dict[str, Run]:
    """Return the training run of each group's model, by the group's name, where it is known.

    The model that plays the groups that are not named has the name "".
    """
    files: dict[str, Path | None] = {"": players.others, **players.groups}
    found = {name: run_of(file) for name, file in files.items() if file in players.files}
    return {name: run for name, run in found.items() if run is not None}


def trained_action_repeats(players: Players) -> set[int]:
    """Return the physics ticks per decision that the models were trained with, where known."""
    return {repeat for file in players.files if (repeat := _action_repeat(file)) is not None}


def _taken_out(path: Path, group: str, folder: Path) -> Path | None:
    # A folder for each set: two may have a group of the same name.
    own = Path(tempfile.mkdtemp(dir=folder))
    return read_policy_set(path).extract(group, own)


def _action_repeat(model: Path) -> int | None:
    known: dict[str, Any] = {}
    if model.suffix == ".zip":
        known = read_meta(model).scene
    elif model.suffix == ".onnx":
        certificate = read_certificate(model)
        known = certificate.settings if certificate is not None else {}
    repeat = known.get("action_repeat")
    return None if repeat is None else int(repeat)
