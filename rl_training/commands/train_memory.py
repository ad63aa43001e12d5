"""Train a policy that remembers (RecurrentPPO) on the memory scene and export it for the game."""

from __future__ import annotations

import argparse

from rl_training.commands import flags
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train, print the figures."""
    parser = Parser(__doc__ or "")
    flags.add(parser, "output", required=True, help="the files to write, without a suffix")
    flags.add(parser, "scenario", default="memory", help="what is learned")
    flags.add(parser, "timesteps", default=60_000)
    flags.add(parser, "seed", default=0)
    flags.add(parser, "num_envs", default=1, help="engine processes")
    flags.add(parser, "arenas", default=64, help="copies of the scene in each engine")
    parser.add_argument("--memoryless", action="store_true", help="PPO without memory instead")
    flags.add(parser, "godot")
    parser.add_argument(
        "--check_arenas",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="compare shared arenas with one alone before learning",
    )
    options = parser.parse_args(argv)
    configure_logging()

    from rl_training.config import TrainConfig
    from rl_training.training.recurrent import train_recurrent

    config = TrainConfig(
        scenario=options.scenario,
        timesteps=options.timesteps,
        seed=options.seed,
        num_envs=options.num_envs,
        arenas=options.arenas,
        godot=options.godot,
        check_arenas=options.check_arenas,
    )
    result = train_recurrent(config, options.output, memory=not options.memoryless)
    rate = "unknown" if result.success_rate is None else f"{100 * result.success_rate:.1f} %"
    print(f"trained {result.timesteps:,} steps in {result.seconds:.1f} s; success rate {rate}")
    print(f"model: {result.model}")
    print(
        f"ONNX:  {result.onnx} (differs by at most {result.difference:.1e} from the trained "
        "policy, limit 1e-5)"
    )
    words = ["--model", result.onnx, "--scenario", options.scenario]
    print(next_steps(("evaluate", command("evaluate", *words))))
    return 0
