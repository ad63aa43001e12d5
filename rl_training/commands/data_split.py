"""Split data into parts: for training and for validation, by form, by success, at clock jumps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging

if TYPE_CHECKING:
    from rl_training.data.trajectory import Trajectory

_WAYS = ("share", "form", "success", "clock")


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, split, say what is where."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add_data(parser)
    flags.add(
        parser,
        "output",
        required=True,
        metavar="TRAJ",
        help="name of the parts: demos.traj makes demos_train.traj, demos_validation.traj, ...",
    )
    parser.add_argument(
        "--by",
        choices=_WAYS,
        default=_WAYS[0],
        help="whole episodes at random; shapes and dtypes; success; between clock jumps (one file)",
    )
    parser.add_argument(
        "--share",
        type=float,
        default=0.9,
        metavar="X",
        help="of the episodes that train, for share",
    )
    flags.add(parser, "seed", default=0, help="of the random choice")
    given = parser.parse_args(argv)

    from rl_training.data.readers import read_all
    from rl_training.data.store import SUFFIX, save_trajectories
    from rl_training.errors import UsageError

    if not 0.0 < given.share < 1.0:
        raise UsageError(f"--share must lie between 0 and 1; found {given.share}")
    base: Path = given.output.with_suffix("") if given.output.suffix == SUFFIX else given.output
    parts = _parts(read_all(given.data), given.by, given.share, given.seed)
    paths = {name: base.with_name(f"{base.name}_{name}{SUFFIX}") for name in parts}
    taken = [str(path) for path in paths.values() if path.exists()]
    if taken:
        raise UsageError(f"{', '.join(taken)}: exists already; choose another --output")
    for name, chosen in parts.items():
        save_trajectories(paths[name], chosen)
        print(f"{paths[name]}: {len(chosen):,} episodes, {sum(map(len, chosen)):,} decisions")
    return 0


def _parts(
    found: Sequence[Trajectory], by: str, share: float, seed: int
) -> dict[str, list[Trajectory]]:
    import numpy as np

    from rl_training.data.trajectory import form_groups, split_at_jumps
    from rl_training.errors import DataError

    if by == "form":
        groups = form_groups(list(found)).values()
        return {f"form{i}": [found[n] for n in group] for i, group in enumerate(groups)}
    if by == "clock":
        return {"split": [part for one in found for part in split_at_jumps(one)]}
    if by == "success":
        kinds = {"success": True, "failure": False, "unknown": None}
        parts = {name: [o for o in found if o.success is kind] for name, kind in kinds.items()}
        return {name: chosen for name, chosen in parts.items() if chosen}
    if len(found) < 2:
        raise DataError("one episode cannot be split into two parts: collect more")
    order = np.random.default_rng(seed).permutation(len(found))
    count = min(len(found) - 1, max(1, round(share * len(found))))
    return {
        "train": [found[n] for n in sorted(order[:count])],
        "validation": [found[n] for n in sorted(order[count:])],
    }
