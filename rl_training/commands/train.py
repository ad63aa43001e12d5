"""Train an agent on the real engine: PPO by default, checkpoints, ONNX for the game."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rl_training.commands.game_flags import game_words, scenario_in
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.running import configure_logging
from rl_training.commands.train_flags import DASHBOARD, VERBOSE, training_config

if TYPE_CHECKING:
    from rl_training.config import TrainConfig
    from rl_training.training.pipeline import TrainResult


def main(argv: list[str] | None = None, *, scenario: str | None = None) -> int:
    """Parse the flags, train, and say what was written and what to do next.

    Args:
        argv: the flags; None: those of the process.
        scenario: the default; None: what fits the game that is given.
    """
    given = sys.argv[1:] if argv is None else argv
    configure_logging(VERBOSE in given)
    config = with_chosen_milestone(parse(given, scenario or scenario_in(given)))

    from rl_training.project_files import project_of
    from rl_training.project_setup.agent_scenes import naming_agent_scenes
    from rl_training.training.pipeline import train

    if DASHBOARD in given:
        from rl_training.commands.dashboard import open_beside
        from rl_training.training.configuration import run_paths

        open_beside(run_paths(config).root)
    game = config.environment
    project_of(config.scenario, game.project_path, game.env_path)
    with naming_agent_scenes(game.project_path, game.scene_path):
        result = train(config)
    print(result.summary())
    print(_next(config, result))
    return 0


def parse(argv: list[str], scenario: str) -> TrainConfig:
    """Turn flags into the settings of a run. The only call of the training's own flags.

    Raises:
        HarnessError: a setting, the scenario or the run to resume does not exist.
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    return training_config(argv, scenario=scenario, description=__doc__ or "")


def with_chosen_milestone(config: TrainConfig) -> TrainConfig:
    """Return the settings with the milestone that a person chose, if one is to be chosen.

    Raises:
        HarnessError: nobody can choose, or there is none.
    """
    if config.training.milestone is None:
        return config
    from rl_training.commands.choose_milestone import CHOOSE, choose_milestone
    from rl_training.training.configuration import run_paths

    if config.training.milestone != CHOOSE:
        return config
    chosen = choose_milestone(run_paths(config))
    return config.replace({"training": {"milestone": chosen}})


def _next(config: TrainConfig, result: TrainResult) -> str:
    """Return where the run's files are and what can be done with them."""
    from rl_training.runs.shell import command_line
    from rl_training.training.configuration import run_paths

    paths = run_paths(config)
    given = {
        name: getattr(config.environment, name)
        for name in ("env_path", "project_path", "scene_path")
    }
    model = ["--model", result.onnx or result.model]
    game = game_words(config.scenario, given)
    root = [] if config.run_root is None else ["--run_root", config.run_root]
    steps = [
        ("evaluate", command("evaluate", *model, *game, "--output", "report.json")),
        ("watch it play", command("play", *model, *game)),
        ("curves", command_line(["tensorboard", "--logdir", paths.logs])),
    ]
    if config.finds.find_bugs:
        steps.insert(0, ("replays of what it finds", command("explore", *model, *game)))
    if result.stopped:
        name = ["--experiment_name", config.experiment_name]
        steps.insert(0, ("go on", command("train", *game, *name, *root, "--resume")))
    return f"logs:  {paths.logs}\n{next_steps(*steps)}"
