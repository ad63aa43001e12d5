"""Train a policy that remembers (RecurrentPPO) on the memory scene and export it for the game."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train, print the figures."""
    parser = Parser(__doc__ or "")
    parser.add_argument("--output", type=Path, required=True, help="files to write, no suffix")
    parser.add_argument("--scenario", default="memory", help="what is learned")
    parser.add_argument("--timesteps", type=int, default=60_000, help="decisions of all agents")
    parser.add_argument("--seed", type=int, default=0, help="everything random comes from it")
    parser.add_argument("--num_envs", type=int, default=1, help="engine processes")
    parser.add_argument("--arenas", type=int, default=64, help="copies of the scene in each")
    parser.add_argument("--memoryless", action="store_true", help="PPO without memory instead")
    parser.add_argument("--godot", help="engine to use, instead of the one that is found")
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
    print(f"ONNX:  {result.onnx} (differs by at most {result.difference:.1e})")
    return 0
