"""Bring data into another format: ours, godot-rl's, Minari, LeRobot, ROS bags; and back."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging

FORMATS = ("traj", "demonstrations", "expert", "minari", "lerobot", "ros1", "ros2", "mcap")


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, read, write, say what was made."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add_data(parser)
    flags.add(
        parser,
        "output",
        type=str,
        required=True,
        metavar="TARGET",
        help="a new file or folder, or minari:NAME",
    )
    parser.add_argument(
        "--format", choices=FORMATS, help="what the target is, where its name does not tell"
    )
    parser.add_argument(
        "--topics", type=Path, metavar="YAML", help="which topics of ROS bags become which keys"
    )
    parser.add_argument("--fps", type=float, metavar="X", help="decisions a second, for lerobot")
    parser.add_argument("--task", default="play", metavar="TEXT", help="what is done, for lerobot")
    given = parser.parse_args(argv)

    from rl_training.data.converting import format_of, write
    from rl_training.data.readers import read_all
    from rl_training.errors import UsageError

    if given.fps is not None and not given.fps > 0.0:
        raise UsageError(f"--fps must be a positive number; found {given.fps}")
    kind = format_of(given.output, given.format)
    if given.topics is None:
        found = read_all(given.data)
    else:
        import logging

        from rl_training.data.ros.bags import read_bag
        from rl_training.data.ros.topics import read_topics

        topics = read_topics(given.topics)
        found = []
        for path in given.data:
            episodes, problems = read_bag(Path(path), topics)
            found += episodes
            for problem in problems:
                logging.getLogger(__name__).warning("%s", problem)
    made = write(given.output, found, kind, fps=given.fps, task=given.task)
    print(f"{len(found):,} episodes, {sum(map(len, found)):,} decisions -> {made}")
    return 0
