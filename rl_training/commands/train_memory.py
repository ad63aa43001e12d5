"""Train a policy that remembers on the memory scene: `train --scenario memory`, older flags too."""

from __future__ import annotations

import sys
from pathlib import Path

from rl_training.commands import train


def main(argv: list[str] | None = None) -> int:
    """Train; `--output` and `--memoryless` are older flags of this script."""
    given = list(sys.argv[1:] if argv is None else argv)
    return train.main(_translated(given), scenario="memory")


def _translated(given: list[str]) -> list[str]:
    words: list[str] = []
    rest = iter(given)
    for word in rest:
        name, equals, value = word.partition("=")
        if name == "--memoryless":
            print("note: --memoryless is called --algorithm ppo now", file=sys.stderr)
            words += ["--algorithm", "ppo"]
        elif name == "--output":
            print(
                "note: --output is called --experiment_name now, with --run_root", file=sys.stderr
            )
            path = Path(value if equals else next(rest, "memory"))
            words += ["--run_root", str(path.parent), "--experiment_name", path.name]
        else:
            words.append(word)
    return words
