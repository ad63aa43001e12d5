"""Train a scenario with one PPO setting changed at a time; write a table and a picture."""

from __future__ import annotations

import logging
import shlex
import sys

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import ConfigError

logger = logging.getLogger(__name__)

_AGENTS = 128


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train and evaluate every variant, write the files after each."""
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    flags.add(parser, "scenario", default="vr_locomotion", help="what is learned")
    flags.add(parser, "timesteps", default=300_000, help="decisions of every run")
    add("--seeds", type=int, nargs="+", default=[0], metavar="N", help="of the runs")
    flags.add(parser, "episodes", default=100, help="of every evaluation")
    flags.add(parser, "num_envs")
    flags.add(parser, "arenas", help="copies of the scene in each; about 128 in total if absent")
    add("--only", nargs="+", default=[], metavar="NAME", help="measure only these variants")
    add("--resume", action="store_true", help="keep what --json holds, measure the rest")
    flags.add(parser, "godot")
    flags.add(parser, "json", help="write the result to FILE", nargs=None, const=None)
    flags.add(parser, "markdown")
    given = parser.parse_args(argv)
    configure_logging()

    from rl_training.config import default_num_envs
    from rl_training.engine import find_engine
    from rl_training.studies.benchmark.machine import describe_machine
    from rl_training.studies.sweep.measure import measure_variant, write_sweep
    from rl_training.studies.sweep.ppo_sweep import Sweep, choose, render

    num_envs = default_num_envs() if given.num_envs is None else given.num_envs
    limits = (("timesteps", given.timesteps), ("episodes", given.episodes), ("num_envs", num_envs))
    for name, value in limits:
        if value < 1:
            raise ConfigError(f"{name} must be at least 1; found {value}")
    words = sys.argv[1:] if argv is None else argv
    sweep = Sweep(
        command=shlex.join(["sweep_ppo.py", *words]),
        machine=describe_machine(find_engine(given.godot)),
        scenario=given.scenario,
        timesteps=given.timesteps,
        episodes=given.episodes,
        num_envs=num_envs,
        arenas=given.arenas or max(1, _AGENTS // num_envs),
    )
    if given.resume and given.json is not None and given.json.is_file():
        sweep.take_rows(given.json.read_text(encoding="utf-8"))
    variants = choose(given.only)
    for seed in given.seeds:
        for variant in variants:
            if sweep.find(variant.name, seed) is None:
                logger.info("variant %s, seed %d", variant.name, seed)
                sweep.rows.append(measure_variant(sweep, variant, seed, given.godot))
                write_sweep(sweep, given.json, given.markdown)
    print(render(sweep))
    return 0
