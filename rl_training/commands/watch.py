"""Attach a window to a running training: it shows one of its arenas (docs/watching.md)."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import UsageError


def main(argv: list[str] | None = None) -> int:
    """Parse the flags and show the arena until the window is closed."""
    parser = Parser(__doc__ or "")
    parser.add_argument(
        "run", nargs="?", metavar="RUN", help="name of the run; the one that lives if absent"
    )
    parser.add_argument(
        "--arena", type=int, default=0, metavar="N",
        help="which one, counted over all engines from 0 (default: 0); keys choose others",
    )  # fmt: skip
    parser.add_argument("--picture", type=Path, metavar="PNG", help="save a picture of it and end")
    flags.add(parser, "run_root")
    flags.add(parser, "timeout_s", default=120.0, help="longest wait for the picture")
    given = parser.parse_args(argv)
    configure_logging()
    if given.arena < 0:
        raise UsageError(f"--arena counts from 0; found {given.arena}")

    from rl_training.runs.paths import RunPaths, default_root
    from rl_training.training.watch_window import watch

    root = given.run_root or default_root()
    name = given.run or _living(root)
    print(f"watching {name}, arena {given.arena}; close the window to end", flush=True)
    try:
        watch(
            RunPaths(name, root),
            given.arena,
            given.picture,
            None if given.picture is None else given.timeout_s,
        )
    except KeyboardInterrupt:
        return 0
    if given.picture is not None:
        print(f"picture: {given.picture}")
    return 0


def _living(root: Path) -> str:
    """Return the name of the one run that lives.

    Raises:
        UsageError: none does, or several do.
    """
    from rl_training.runs.paths import RunPaths, experiments
    from rl_training.runs.status import read_status

    names = []
    for name in experiments(root):
        status = read_status(RunPaths(name, root).status)
        if status is not None and status.is_alive:
            names.append(name)
    if len(names) != 1:
        found = ", ".join(names) if names else "none"
        raise UsageError(
            f"name the run to watch: one that lives was expected in {root}; found {found}"
        )
    return names[0]
