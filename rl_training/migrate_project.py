#!/usr/bin/env python3
"""Bring a Godot project from the stock plugin godot_rl_agents to this repository's addon."""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, migrate, print the report."""
    from rl_training.errors import ConfigError
    from rl_training.migration import migrate

    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("path", type=Path, metavar="PATH", help="folder with project.godot")
    add("--dry_run", action="store_true", help="show what would change; write nothing")
    add(
        "--backup",
        type=Path,
        metavar="DIR",
        help="where the old files go (default: PATH_before_migration, beside it)",
    )
    add("--json", type=Path, metavar="FILE", help="write the report as JSON too")
    given = parser.parse_args(argv)

    report = migrate(given.path, dry_run=given.dry_run, backup=given.backup)
    print(report.as_text())
    if given.json is not None:
        try:
            given.json.write_text(json.dumps(report.to_dict(), indent=1) + "\n", "utf-8")
        except OSError as error:
            raise ConfigError(f"--json: {given.json} cannot be written: {error}") from error
    return report.exit_code


if __name__ == "__main__":
    sys.exit(run_main(main))
