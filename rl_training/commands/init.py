"""Put the addon, a controller script and a settings file into a Godot project."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, set the project up, say what was done and what to do next."""
    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("path", type=Path, metavar="PATH", help="folder with project.godot")
    add("--dimension", choices=("2d", "3d"), default="3d", help="of the controller script")
    add("--force", action="store_true", help="replace files that differ from this version's")
    given = parser.parse_args(argv)

    from rl_training.project_setup.init import CONTROLLER, SETTINGS, init_project

    report = init_project(given.path, given.dimension, force=given.force)
    print("\n".join(report.lines))
    print(
        f"Now put a node with res://{CONTROLLER} below the node that the agent moves, and make "
        "that scene the main scene (or name it with --scene_path)."
    )
    print(
        next_steps(
            ("check it", command("doctor", "--project_path", report.project)),
            ("train", command("train", "--config", report.project / SETTINGS)),
        )
    )
    return 0
