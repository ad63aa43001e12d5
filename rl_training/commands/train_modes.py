"""Train by a mode: all of them in turn, a world model, a policy, Dreamer, or by demonstrations."""

from __future__ import annotations

import sys
from typing import Any

from rl_training.commands import train, world_model
from rl_training.commands.parser import Parser
from rl_training.errors import UsageError

POLICY, SUPERVISED, DREAMER, WORLD_MODEL = "policy", "supervised", "dreamer", "world_model"
ALL = "all"
MODES = (ALL, WORLD_MODEL, POLICY, DREAMER, SUPERVISED)
_SUPERVISED = ("bc", "td3_bc", "dagger", "distillation")
_DEFAULTS = "all_modes"
"""The preset of `--mode all` where neither a file nor a preset is given."""


def main(argv: list[str] | None = None) -> int:
    """Take `--mode` and `--demonstrations` out of the flags, and train with the others.

    Raises:
        UsageError: the mode does not go with the algorithm.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    parser = Parser(__doc__ or "")
    add_mode_flags(parser)
    if any(word in ("-h", "--help") for word in given):
        parser.print_help()
        print()
        return train.main(["--help"])
    values, rest = parser.parse_known_args(given)
    if values.mode == ALL or (values.mode == WORLD_MODEL and not _has_data(values, rest)):
        if values.demonstrations:
            raise UsageError(f"--mode {ALL} collects its own episodes: leave out --demonstrations")
        return run_all(rest, None if values.mode == ALL else ("collection", WORLD_MODEL))
    if values.mode == WORLD_MODEL:
        return world_model.main([*values.demonstrations, *rest])
    return train.main(training_words(values.mode, values.demonstrations, rest))


def run_all(words: list[str], names: tuple[str, ...] | None = None) -> int:
    """Run stages one after another, and print the table of what they made.

    Args:
        words: the flags of `train`.
        names: of the stages; None: all.

    Raises:
        HarnessError: a setting is wrong, or a stage failed.
        KeyboardInterrupt: a signal came outside of learning; the table is printed before.
    """
    from rl_training.commands.game_flags import scenario_in
    from rl_training.commands.running import configure_logging
    from rl_training.commands.train_flags import VERBOSE, parse_given

    configure_logging(VERBOSE in words)
    if not any(word.partition("=")[0] in ("--config", "--preset") for word in words):
        words = ["--preset", _DEFAULTS, *words]
    given, show = parse_given(words, scenario_in(words), __doc__ or "")
    if show:
        return train.main(words)
    given.resolved()  # a mistake is told before anything heavy is loaded

    from rl_training.studies.all_modes.run import run_stages
    from rl_training.studies.all_modes.stages import STAGES

    stages = names or tuple(STAGES)
    run_stages(given, stages, on_end=lambda record: print(record.summary(stages)))
    return 0


def add_mode_flags(parser: Parser) -> None:
    """Add what chooses the way to learn."""
    parser.add_argument(
        "--mode",
        choices=MODES,
        default=POLICY,
        help="all: collection, world model, policy, Dreamer and imitation, each with what the "
        "ones before it made; policy: an algorithm plays and learns; dreamer: it learns in a world "
        "model's imagination; supervised: demonstrations teach (bc, td3_bc, dagger). All flags of "
        "`spacetime-rl train` follow. world_model: from --demonstrations, with the flags of "
        "`spacetime-rl world-model`, else from episodes that it collects",
    )
    parser.add_argument(
        "--demonstrations",
        nargs="+",
        default=[],
        metavar="FILE",
        help="files of trajectories, for supervised and world_model (docs/data.md)",
    )


def training_words(mode: str, demonstrations: list[str], rest: list[str]) -> list[str]:
    """Return the flags of `train` for a mode.

    Args:
        mode: policy, dreamer or supervised.
        demonstrations: files.
        rest: all other flags.

    Raises:
        UsageError: the mode does not go with the algorithm.
    """
    algorithm = _algorithm(rest)
    if mode in (POLICY, DREAMER) and demonstrations:
        raise UsageError(f"--demonstrations teach in --mode {SUPERVISED}: add it")
    if mode == DREAMER:
        if algorithm not in (None, DREAMER):
            raise UsageError(f"--mode {DREAMER} learns by {DREAMER}; found --algorithm {algorithm}")
        return rest if algorithm else [*rest, "--algorithm", DREAMER]
    if mode == POLICY:
        if algorithm in _SUPERVISED:
            raise UsageError(f"--algorithm {algorithm} is taught: use --mode {SUPERVISED}")
        return rest
    if algorithm is None:
        rest = [*rest, "--algorithm", "bc"]
    elif algorithm not in _SUPERVISED:
        raise UsageError(
            f"--mode {SUPERVISED} learns by {', '.join(_SUPERVISED)}; found --algorithm {algorithm}"
        )
    if demonstrations:
        rest = [*rest, "--set", f"algorithm.demonstrations=[{', '.join(demonstrations)}]"]
    return rest


def _has_data(values: Any, rest: list[str]) -> bool:
    """Return whether the words of --mode world_model name data, or are those of its command."""
    return bool(values.demonstrations) or any(word.partition("=")[0] == "--output" for word in rest)


def _algorithm(words: list[str]) -> str | None:
    found = None
    for word, after in zip(words, [*words[1:], ""], strict=False):
        name, equals, value = word.partition("=")
        if name == "--algorithm":
            found = value if equals else after
        elif name == "--set" and after.startswith("algorithm.name="):
            found = after.partition("=")[2]
    return found
