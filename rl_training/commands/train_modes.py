"""Train by a mode: a policy, a policy by Dreamer, by demonstrations, or a world model from data."""

from __future__ import annotations

import sys

from rl_training.commands import train, world_model
from rl_training.commands.parser import Parser
from rl_training.errors import UsageError

POLICY, SUPERVISED, DREAMER, WORLD_MODEL = "policy", "supervised", "dreamer", "world_model"
ALL = "all"
MODES = (ALL, WORLD_MODEL, POLICY, DREAMER, SUPERVISED)
_SUPERVISED = ("bc", "dagger", "distillation")


def main(argv: list[str] | None = None) -> int:
    """Take `--mode` and `--demonstrations` out of the flags, and train with the others.

    Raises:
        UsageError: the mode does not exist yet, or does not go with the algorithm.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    parser = Parser(__doc__ or "")
    add_mode_flags(parser)
    if any(word in ("-h", "--help") for word in given):
        parser.print_help()
        print()
        return train.main(["--help"])
    values, rest = parser.parse_known_args(given)
    if values.mode == WORLD_MODEL:
        return world_model.main([*values.demonstrations, *rest])
    return train.main(training_words(values.mode, values.demonstrations, rest))


def add_mode_flags(parser: Parser) -> None:
    """Add what chooses the way to learn."""
    parser.add_argument(
        "--mode",
        choices=MODES,
        default=POLICY,
        help="policy: an algorithm plays and learns; dreamer: it learns in a world model's "
        "imagination; supervised: demonstrations teach (bc, dagger). All flags of `spacetime-rl "
        "train` follow. world_model: from data alone, with the flags of `spacetime-rl world-model`",
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
        mode: one of `MODES`, not world_model.
        demonstrations: files.
        rest: all other flags.

    Raises:
        UsageError: the mode does not exist yet, or does not go with the algorithm.
    """
    if mode == ALL:
        raise UsageError(
            f"--mode {ALL} does not exist yet: use {', '.join(each for each in MODES[1:])}, one "
            "after another"
        )
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


def _algorithm(words: list[str]) -> str | None:
    found = None
    for word, after in zip(words, [*words[1:], ""], strict=False):
        name, equals, value = word.partition("=")
        if name == "--algorithm":
            found = value if equals else after
        elif name == "--set" and after.startswith("algorithm.name="):
            found = after.partition("=")[2]
    return found
