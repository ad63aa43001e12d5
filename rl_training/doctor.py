#!/usr/bin/env python3
"""Check everything that training needs, on this machine and in the game; say what to do."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, examine, print; return 1 when a check failed."""
    from rl_training.config import default_num_envs
    from rl_training.scenarios import get_scenario

    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--scenario", default="vr_locomotion", metavar="NAME", help="what would be trained")
    add("--project_path", metavar="DIR", help="another Godot project; with its main scene")
    add("--scene_path", metavar="RES", help="res:// path of another scene")
    add("--env_path", metavar="PATH", help="an exported game")
    add("--num_envs", type=int, default=default_num_envs(), metavar="N", help="engine processes")
    add("--port", type=int, default=11008, metavar="N", help="their first port")
    add("--godot", metavar="PATH", help="engine binary (else GODOT_BIN, PATH, installed)")
    add("--decisions", type=int, default=1000, metavar="N", help="how many the game is played")
    add("--timeout_s", type=float, default=30.0, metavar="S", help="longest wait for an engine")
    add("--json", action="store_true", help="print JSON in place of the table")
    given = parser.parse_args(argv)
    configure_logging()

    from rl_training.diagnosis.examine import examine
    from rl_training.diagnosis.finding import exit_code, to_json, to_text
    from rl_training.diagnosis.subject import Subject
    from rl_training.errors import ConfigError
    from rl_training.runs.paths import DEFAULT_ROOT

    for name, lowest in (("num_envs", 1), ("decisions", 50), ("port", 1)):
        if getattr(given, name) < lowest:
            raise ConfigError(f"{name} must be at least {lowest}; found {getattr(given, name)}")
    other_game = given.project_path is not None or given.env_path is not None
    scenario = get_scenario("custom" if other_game else given.scenario)
    project = given.project_path
    if not other_game:
        project = str(Path(__file__).resolve().parents[1])
    subject = Subject(
        project_path=project,
        scene_path=given.scene_path or scenario.scene_path,
        env_path=given.env_path,
        action_repeat=scenario.action_repeat,
        num_envs=given.num_envs,
        port=given.port,
        godot=given.godot,
        run_root=DEFAULT_ROOT,
        decisions=given.decisions,
        timeout_s=given.timeout_s,
    )
    findings = list(examine(subject))
    print(to_json(findings) if given.json else to_text(findings))
    return exit_code(findings)


if __name__ == "__main__":
    sys.exit(run_main(main))
