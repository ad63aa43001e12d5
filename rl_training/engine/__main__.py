"""`python -m rl_training.engine install|path|version|template|import`: the engine to be used.

The same as `spacetime-rl engine`; the flags stand in `rl_training.commands.engine`.
"""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    from rl_training.commands.main import run

    given = sys.argv[1:] if arguments is None else arguments
    return run(["engine", *given], program="python -m rl_training.engine")


if __name__ == "__main__":
    sys.exit(main())
