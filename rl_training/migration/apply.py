"""Carries a plan out: all of it or nothing.

Called by `migrate`. First everything is copied: old files to the backup, new ones to a hidden
folder in the project. Only then files are moved, each by one rename; when one fails, all are put
back.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from rl_training.errors import HarnessError, UsageError
from rl_training.migration.plan import Plan
from rl_training.migration.stock import OUR_FOLDER, STAGE_PREFIX

REPORT_NAME = "migration_report.txt"


def choose_backup(root: Path, wanted: Path | None) -> Path:
    """Return a folder for the backup that does not exist yet.

    Raises:
        UsageError: `wanted` exists, or is inside the project.
    """
    if wanted is not None:
        if wanted.exists() or wanted.is_symlink():
            raise UsageError(f"--backup: {wanted} exists; give a folder that does not")
        if wanted.absolute().is_relative_to(root):
            raise UsageError(f"--backup: {wanted} is inside the project; give one outside of it")
        return wanted.absolute()
    name = f"{root.name}_before_migration"
    folder = root.parent / name
    number = 2
    while folder.exists() or folder.is_symlink():
        folder = root.parent / f"{name}_{number}"
        number += 1
    return folder


def apply_plan(plan: Plan, backup: Path, report: str) -> None:
    """Write a plan.

    Args:
        plan: what to do.
        backup: a folder that does not exist; it gets all old files and the report.
        report: text for the backup's report.

    Raises:
        HarnessError: something failed; the project is as it was.
    """
    try:
        backup.mkdir(parents=True)
    except OSError as error:
        raise HarnessError(
            f"nothing was changed: the backup cannot be made: {error}. Give --backup"
        ) from error
    stage: Path | None = None
    undo: list[Callable[[], object]] = []
    try:
        stage = Path(tempfile.mkdtemp(prefix=STAGE_PREFIX, dir=plan.root))
        _copy(plan, backup, stage, report)
        _move(plan, stage, undo)
    except BaseException as error:
        _put_back(undo, backup)
        shutil.rmtree(backup, ignore_errors=True)
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        if isinstance(error, OSError):
            raise HarnessError(f"nothing was changed: {error}") from error
        raise
    shutil.rmtree(stage, ignore_errors=True)


def _put_back(undo: list[Callable[[], object]], backup: Path) -> None:
    for step in reversed(undo):
        try:
            step()
        except OSError as error:
            raise HarnessError(
                f"the project is half migrated, since a file cannot be put back: {error}. "
                f"Copy everything from {backup} over it"
            ) from error


def _copy(plan: Plan, backup: Path, stage: Path, report: str) -> None:
    for file, data in plan.writes.items():
        _copy_entry(plan.root / file, backup / file)
        new = stage / "new" / file
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(data)
        shutil.copymode(plan.root / file, new)
    for path in plan.removals:
        _copy_entry(plan.root / path, backup / path)
    if plan.addon is not None:
        shutil.copytree(plan.addon, stage / "addon")
    (backup / REPORT_NAME).write_text(report, "utf-8")


def _copy_entry(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
    elif source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _move(plan: Plan, stage: Path, undo: list[Callable[[], object]]) -> None:
    for file, data in plan.originals.items():
        if (plan.root / file).read_bytes() != data:
            raise OSError(f"{file} was changed meanwhile: close the editor, run again")
    old = stage / "old"
    for path in [*plan.caches, *plan.removals, *plan.writes]:
        kept = old / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        _rename(plan.root / path, kept, undo)
    for file in plan.writes:
        _rename(stage / "new" / file, plan.root / file, undo)
    if plan.addon is not None:
        (plan.root / OUR_FOLDER).parent.mkdir(exist_ok=True)
        _rename(stage / "addon", plan.root / OUR_FOLDER, undo)


def _rename(source: Path, target: Path, undo: list[Callable[[], object]]) -> None:
    os.rename(source, target)
    undo.append(lambda: os.rename(target, source))
