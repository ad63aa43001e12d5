"""One migration from start to end: plan, back up, write, report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rl_training.migration.apply import apply_plan, choose_backup
from rl_training.migration.plan import make_plan
from rl_training.migration.report import MigrationReport


def migrate(project: Path, *, dry_run: bool = False, backup: Path | None = None) -> MigrationReport:
    """Bring a project that carries the stock plugin godot_rl_agents to our addon.

    Args:
        project: the folder with project.godot.
        dry_run: only plan; nothing is written.
        backup: a folder for the old files that does not exist yet; by default
            `<project>_before_migration` beside the project.

    Returns:
        What was changed, and what is left for the user.

    Raises:
        UsageError: no Godot project, nothing of the plugin in it, or the backup cannot be there.
        HarnessError: writing failed; the project is as it was.
    """
    root = project.expanduser().resolve()
    plan = make_plan(root)
    report = MigrationReport(root, plan.entries, None, dry_run)
    if plan.empty or dry_run:
        return report
    folder = choose_backup(root, backup)
    report = replace(report, backup=folder)
    apply_plan(plan, folder, report.as_text() + "\n")
    return report
