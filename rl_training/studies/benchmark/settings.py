"""The flags of `benchmark_harness.py` as a value. Light: no torch, so `--help` is quick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rl_training.cli import Parser
from rl_training.config import default_num_envs
from rl_training.errors import ConfigError
from rl_training.limits import MAX_SEED, agents_per_engine
from rl_training.studies.benchmark.cells import QUICK_CELLS

_REPEATS = 5
_SECONDS = 3.0
_QUICK_SECONDS = 0.3


@dataclass(frozen=True)
class BenchmarkSettings:
    """What to measure and how long.

    Attributes:
        scenario: whose scene is measured.
        num_envs: engine processes, >= 1.
        arenas: copies of the scene in each, >= 1.
        repeats: how often the cells are gone through, >= 1.
        seconds: about how long a cell measures, > 0.
        only: names of cells; empty: all.
        scaling: measure the scaling table as well.
        time_to_solve: measure how long it takes to learn the scenario as well.
        resume: keep the stages that `json` already holds, measure those that it lacks.
        dry_run: measure nothing, write the empty tables.
        godot: engine binary; None: found or installed.
        seed: of episodes and actions, in [0, 2**31).
        json: file of the result; None: none.
        markdown: file of the tables; None: none.
    """

    scenario: str = "vr_locomotion"
    num_envs: int = 1
    arenas: int = 64
    repeats: int = _REPEATS
    seconds: float = _SECONDS
    only: tuple[str, ...] = ()
    scaling: bool = False
    time_to_solve: bool = False
    resume: bool = False
    dry_run: bool = False
    godot: str | None = None
    seed: int = 0
    json: Path | None = None
    markdown: Path | None = None

    def __post_init__(self) -> None:
        if self.resume and self.json is None:
            raise ConfigError("--resume goes on with the result in --json: give that too")
        for name in ("num_envs", "arenas", "repeats"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1; found {getattr(self, name)}")
        if not 0.0 < self.seconds < float("inf"):
            raise ConfigError(f"seconds must be a positive number; found {self.seconds}")
        if not 0 <= self.seed <= MAX_SEED:
            raise ConfigError(f"seed must be in [0, {MAX_SEED}]; found {self.seed}")


def benchmark_settings(argv: list[str] | None, description: str) -> BenchmarkSettings:
    """Parse the flags of `benchmark_harness.py`.

    Raises:
        ConfigError: a value is out of range.
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    parser = Parser(description)
    add = parser.add_argument
    add("--scenario", default="vr_locomotion", metavar="NAME", help="whose scene is measured")
    add("--num_envs", type=int, default=default_num_envs(), metavar="N", help="engine processes")
    add("--arenas", type=int, metavar="N", help="copies of the scene in each; about 128 in total")
    add("--repeats", type=int, metavar="N", help="rounds through all cells; 5 if absent")
    add("--seconds", type=float, metavar="S", help="about how long a cell measures; 3 if absent")
    add("--only", nargs="+", default=(), metavar="NAME", help="measure only these cells")
    add("--quick", action="store_true", help="one short round of a few cells: does it work?")
    add("--scaling", action="store_true", help="also 1 to 8 engines and 1 to 256 agents")
    add("--time_to_solve", action="store_true", help="also train until 95 %% success")
    add("--resume", action="store_true", help="keep the stages that --json already holds")
    add("--dry_run", action="store_true", help="measure nothing, write empty tables")
    add("--godot", metavar="PATH", help="engine binary; found or installed if absent")
    add("--seed", type=int, default=0, metavar="N", help="of episodes and actions")
    add("--json", type=Path, metavar="PATH", help="write the result")
    add("--markdown", type=Path, metavar="PATH", help="write the tables")
    values = vars(parser.parse_args(argv))
    quick = values.pop("quick")
    if quick:
        values["only"] = values["only"] or QUICK_CELLS
    if values["repeats"] is None:
        values["repeats"] = 1 if quick else _REPEATS
    if values["seconds"] is None:
        values["seconds"] = _QUICK_SECONDS if quick else _SECONDS
    if values["arenas"] is None:
        values["arenas"] = agents_per_engine(max(1, values["num_envs"]))
    values["only"] = tuple(values["only"])
    return BenchmarkSettings(**values)
