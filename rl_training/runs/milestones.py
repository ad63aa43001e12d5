"""Milestones: full snapshots of a run that stay, by phase and millions of timesteps.

    <logs>/checkpoints/milestones/Phase1-BallTouching/010M/
        checkpoint.zip      all that a run needs to go on
        policy.onnx         the policy for the game; <policy>.onnx for each of several
        meta.json           what is known of it (`MilestoneMeta`)

Written by `training.milestones`; read by whoever goes on from one, plays against one or lists them.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rl_training.errors import ModelError, nearest
from rl_training.runs.atomic import write_text
from rl_training.runs.paths import RunPaths, policy_file
from rl_training.runs.text_table import text_table

CHECKPOINT, META = "checkpoint.zip", "meta.json"
ONLY_POLICY = "policy"
FORMAT = 1
_TEMPORARY = ".unfinished-"
_MILLION = 1_000_000


@dataclass(frozen=True)
class MilestoneMeta:
    """What a milestone says about itself.

    Attributes:
        name: "<phase>/<millions>M", as it is chosen.
        phase: its folder.
        timesteps: decisions of all agents together until then.
        time: when it was written, UTC, ISO 8601.
        seconds: of learning in this part of the run until then.
        reward: mean return of the last episodes; None: none ended.
        success_rate: of the last episodes; None: the scene tells none.
        entropy: of the actions, nats, by policy ("" where there is one); of the last update.
        kl: approximate divergence of the last update from the policy before, nats, by policy.
        rating: on a ladder (`training.milestone_games`), "rating/mu", "rating/low", "rating/high"
            (95 % interval) and "rating/games"; else what the run logs as "rating/...".
        ladder: SHA-256 of that ladder: ratings on one ladder can be compared; empty: none.
        shapes: by policy: "observation" (key to shape), "policy" and "critic" (widths of layers).
        commit: of the harness's repository.
        config: the run's settings.
        format: version of this layout.
    """

    name: str
    phase: str
    timesteps: int
    time: str
    seconds: float
    reward: float | None = None
    success_rate: float | None = None
    entropy: dict[str, float] = field(default_factory=dict)
    kl: dict[str, float] = field(default_factory=dict)
    rating: dict[str, float] = field(default_factory=dict)
    ladder: str = ""
    shapes: dict[str, Any] = field(default_factory=dict)
    commit: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True)
class Milestone:
    """A snapshot on the disk.

    Attributes:
        folder: that holds it.
        meta: what it says about itself.
    """

    folder: Path
    meta: MilestoneMeta

    @property
    def name(self) -> str:
        """As it is chosen: "<phase>/<millions>M"."""
        return self.meta.name

    @property
    def checkpoint(self) -> Path:
        """All that a run needs to go on."""
        return self.folder / CHECKPOINT

    def onnx(self, policy: str) -> Path:
        """Return the file of a policy for the game; "" where there is only one."""
        return self.folder / f"{policy_file(policy) if policy else ONLY_POLICY}.onnx"


def milestones_folder(paths: RunPaths) -> Path:
    """Return the folder of a run's milestones."""
    return paths.logs / "checkpoints" / "milestones"


def phase_folder(name: str) -> str:
    """Return a phase's name as a folder: other than letters, digits, ".", "_", "-" become "_"."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".") or "Phase1"


def millions(timesteps: int) -> str:
    """Return timesteps in millions, at least three digits before the point: "010M", "000.25M"."""
    whole, rest = divmod(timesteps, _MILLION)
    decimals = f"{rest:06d}".rstrip("0")
    return f"{whole:03d}.{decimals}M" if decimals else f"{whole:03d}M"


def write_milestone(
    paths: RunPaths, meta: MilestoneMeta, fill: Callable[[Path], None]
) -> Milestone:
    """Write a milestone, whole or not at all.

    Args:
        paths: of the run.
        meta: what it says; where its name is taken, "-2", "-3", ... is added.
        fill: writes checkpoint and ONNX files into a folder.
    """
    root = milestones_folder(paths)
    name, number = meta.name, 1
    while (root / name).exists():
        number += 1
        name = f"{meta.name}-{number}"
    folder = root / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.parent / f"{_TEMPORARY}{folder.name}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        fill(unfinished)
        told = MilestoneMeta(**{**asdict(meta), "name": name})
        _write_meta(unfinished, told)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return Milestone(folder, told)


def rewrite_meta(milestone: Milestone, meta: MilestoneMeta) -> Milestone:
    """Replace what a milestone says about itself; its name and phase stay.

    Raises:
        StorageError: the file cannot be written.
    """
    _write_meta(milestone.folder, meta)
    return Milestone(milestone.folder, meta)


def list_milestones(paths: RunPaths) -> list[Milestone]:
    """Return the whole milestones of a run, by rising timesteps."""
    return sorted(_found(milestones_folder(paths)), key=lambda each: each.meta.timesteps)


def find_milestone(paths: RunPaths, name: str) -> Milestone:
    """Return a milestone by its name, or by what follows the "/" where only one has it.

    Raises:
        ModelError: there is none of that name, or several.
    """
    known = {each.name: each for each in list_milestones(paths)}
    if name in known:
        return known[name]
    short = [each for full, each in known.items() if full.rpartition("/")[2] == name]
    if len(short) == 1:
        return short[0]
    if short:
        raise ModelError(
            f"{len(short)} milestones of {paths.experiment!r} are called {name!r}: "
            f"{', '.join(each.name for each in short)}; give one's whole name"
        )
    if not known:
        raise ModelError(
            f"{paths.experiment!r} has no milestones in {milestones_folder(paths)}; "
            "training.milestone_interval makes them"
        )
    raise ModelError(
        f"{paths.experiment!r} has no milestone {name!r}.{nearest(name, known)} It has "
        f"{', '.join(known)}"
    )


def milestones_text(rows: list[Milestone]) -> str:
    """Return a table of milestones for people."""
    head = (
        "#", "milestone", "timesteps", "reward", "success", "entropy", "kl", "rating", "written",
    )  # fmt: skip
    cells = []
    for number, each in enumerate(rows, 1):
        meta = each.meta
        success = "" if meta.success_rate is None else f"{100 * meta.success_rate:.0f} %"
        cells.append(
            (
                str(number),
                meta.name,
                f"{meta.timesteps:,}",
                "" if meta.reward is None else f"{meta.reward:.3g}",
                success,
                _mean(meta.entropy),
                _mean(meta.kl),
                _rating(meta.rating),
                meta.time,
            )
        )
    return text_table(head, cells, left=(1,))


def milestones_json(rows: list[Milestone]) -> dict[str, Any]:
    """Return what milestones say about themselves, with their folders, without settings."""
    told = []
    for each in rows:
        meta = asdict(each.meta)
        del meta["config"]
        told.append({**meta, "folder": str(each.folder)})
    return {"milestones": told}


def _found(root: Path) -> Iterator[Milestone]:
    for file in sorted(root.glob(f"*/*/{META}")):
        if file.parent.name.startswith(_TEMPORARY):
            continue
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            yield Milestone(file.parent, MilestoneMeta(**data))
        except (OSError, ValueError, TypeError) as error:
            raise ModelError(f"{file} is no milestone's meta.json: {error}") from error


def _write_meta(folder: Path, meta: MilestoneMeta) -> None:
    write_text(folder / META, json.dumps(asdict(meta), indent=1) + "\n")


def _rating(values: Mapping[str, float]) -> str:
    """Return a place on a ladder with its interval."""
    if not all(f"rating/{key}" in values for key in ("mu", "low", "high")):
        return ""
    mu, low, high = (values[f"rating/{key}"] for key in ("mu", "low", "high"))
    return f"{mu:.1f} ({low:.1f} to {high:.1f})"


def _mean(values: Mapping[str, float]) -> str:
    return f"{sum(values.values()) / len(values):.3g}" if values else ""
