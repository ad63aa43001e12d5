"""Bring a Godot project from the stock plugin godot_rl_agents to this repository's addon."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, migrate, print the report."""
    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("path", type=Path, metavar="PATH", help="folder with project.godot")
    add("--dry_run", action="store_true", help="show what would change; write nothing")
    add(
        "--backup",
        type=Path,
        metavar="DIR",
        help="where the old files go; PATH_before_migration, beside it, if absent",
    )
    flags.add(parser, "json")
    given = parser.parse_args(argv)

    from rl_training.migration import migrate

    report = migrate(given.path, dry_run=given.dry_run, backup=given.backup)
    if flags.emit(given.json, report.to_dict(), report.as_text()):
        if given.dry_run:
            step = ("do it", command("migrate", given.path))
        else:
            step = ("check the game", command("doctor", "--project_path", given.path))
        print(next_steps(step))
    return report.exit_code
