"""Search for better settings: many short trainings, chosen and pruned by Optuna."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.commands import flags
from rl_training.commands.game_flags import scenario_in
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import INTERRUPTED, configure_logging
from rl_training.commands.train_flags import add_training_flags, take_training_flags
from rl_training.errors import UsageError

if TYPE_CHECKING:
    from rl_training.config import TrainConfig
    from rl_training.config.sections import ClusterSettings
    from rl_training.studies.tune.plan import SearchPlan
    from rl_training.studies.tune.trials import Begin

_SHOWN = 20
# The study gives its trials names, and goes on by its own.
_NOT_HERE = ("experiment_name", "resume", "show_config", "viz")
# Flags that say where things are here, and nothing about the search.
_CLUSTER = ("backend", "address", "nodes")
_OF_MACHINE = ("run_root", "port", "token", "godot", "timeout_s", *_CLUSTER)
# The search has its own: a trial has an actor to itself, and learns as on one machine.
_OF_TRAININGS = ("engines_per_actor", "stale_rollouts")
_OF_THE_SEARCH = (
    *("study", "space", "storage", "trials", "n_jobs", "timeout", "value", "pruner", "sampler"),
    *("startup", "output", "json", "confirm"),
)


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, search, write table, pictures and the best settings."""
    given = list(sys.argv[1:] if argv is None else argv)
    configure_logging()
    scenario = scenario_in(given)
    parser = Parser(__doc__ or "")
    _add_search_flags(parser)
    paths = add_training_flags(parser, scenario, without=_NOT_HERE)
    values = vars(parser.parse_args(given))
    search = {name: values.pop(name) for name in _OF_THE_SEARCH}

    from rl_training.runs.paths import default_root
    from rl_training.studies.tune.confirm import comparison, confirm
    from rl_training.studies.tune.pictures import draw
    from rl_training.studies.tune.results import as_data, best_row, table, write_results
    from rl_training.studies.tune.search import Extent, Search
    from rl_training.studies.tune.study import SearchStudy, open_storage

    is_open = not set(values) - set(_OF_MACHINE)
    config = take_training_flags(values, paths, scenario).config
    cluster, config = _apart(config)
    name = search["study"] or f"{config.experiment_name}_tune"
    folder = search["output"] or Path(config.run_root or default_root()) / "studies" / name
    storage = open_storage(search["storage"], folder)
    plan = _plan(name, search, config, storage, is_open)
    study = SearchStudy(plan, storage)
    words = ["spacetime-rl", "tune", *given]

    def write() -> None:
        rows, importance = study.rows, study.importance()
        write_results(plan, rows, importance, folder, words)
        draw(plan, rows, importance, folder)

    extent = Extent(
        trials=study.target(search["trials"]),
        n_jobs=search["n_jobs"],
        folder=folder / "trials",
        timeout_s=search["timeout"],
        port=config.environment.port,
    )
    with contextlib.ExitStack() as stack:
        begin: Begin | None = None
        if cluster is not None:
            from rl_training.studies.tune.remote_trials import trials_on_cluster

            places = min(extent.n_jobs, max(1, extent.trials))
            begin = stack.enter_context(
                trials_on_cluster(plan.config, cluster, places, extent.folder)
            )
        interrupted = Search(study, extent, on_trial=write, begin=begin).run()
        write()
        data, text = as_data(plan, study.rows, study.importance()), table(plan, study.rows, _SHOWN)
        best = best_row(plan, study.rows)
        if search["confirm"] > 0 and best is not None and not interrupted:
            again = confirm(plan, best.chosen, search["confirm"], folder, begin=begin)
            data["confirm"] = [asdict(each) for each in again]
            text = f"{text}\n\n{comparison(plan, again)}"
    if flags.emit(search["json"], data, text):
        print(_next(plan, folder, interrupted, search))
    return INTERRUPTED if interrupted else 0


def _apart(config: TrainConfig) -> tuple[ClusterSettings | None, TrainConfig]:
    """Return the cluster that trials are spread over, and the settings of a trial, which has none.

    Raises:
        UsageError: a setting is one of trainings over a cluster.
    """
    from rl_training.config.sections import ClusterSettings

    cluster, usual = config.cluster, ClusterSettings()
    if cluster.backend == "local":
        return None, config
    for name in _OF_TRAININGS:
        if getattr(cluster, name) != getattr(usual, name):
            raise UsageError(
                f"--{name} goes with a training that is spread over a cluster; a search gives each "
                "trial an actor of its own: leave it out"
            )
    return cluster, config.replace({"cluster": usual.to_dict()})


def _add_search_flags(parser: Parser) -> None:
    group = parser.add_argument_group("search (docs/tune.md)")
    add = group.add_argument
    add(
        "--study",
        metavar="NAME",
        help="of the search; one that exists goes on, with its own settings if none are given; "
        "<experiment>_tune if absent",
    )
    add(
        "--space", type=Path, metavar="FILE", help="what is varied, YAML; the algorithm's if absent"
    )
    add(
        "--trials",
        type=int,
        metavar="N",
        help="of the whole study, earlier ones too; what it was told before if absent, else 30",
    )
    add("--n_jobs", type=int, default=1, metavar="N", help="trials beside each other")
    add("--timeout", type=float, metavar="S", help="begin no trial after so many seconds")
    add(
        "--storage",
        metavar="URL",
        help="a database (postgresql://..., sqlite:///FILE) or a journal FILE that machines share; "
        "a journal in the study's folder if absent",
    )
    add(
        "--value",
        choices=("last", "best", "mean"),
        default="last",
        help="which of a trial's evaluations judge it",
    )
    add("--pruner", choices=("median", "asha", "none"), default="median", help="ends bad trials")
    add("--sampler", choices=("tpe", "random"), default="tpe", help="chooses the settings")
    add("--startup", type=int, default=6, metavar="N", help="trials before the two above set in")
    add(
        "--confirm",
        type=int,
        default=0,
        metavar="N",
        help="then train best and base settings again, with N new seeds and unseen episodes",
    )
    flags.add(
        parser,
        "output",
        metavar="DIR",
        help="the study's folder; <run_root>/studies/NAME if absent",
    )
    flags.add(parser, "json")


def _plan(
    name: str, search: Mapping[str, Any], config: TrainConfig, storage: Any, is_open: bool
) -> SearchPlan:
    """Return the study's own plan when nothing else is asked for, else the one of the flags."""
    from rl_training.studies.tune.plan import SearchPlan, with_evaluations
    from rl_training.studies.tune.space import default_space, space_file
    from rl_training.studies.tune.study import saved_plan

    if is_open and search["space"] is None:
        known = saved_plan(name, storage)
        if known is not None:
            return known.on_this_machine(config)
    file = search["space"]
    return SearchPlan(
        name=name,
        config=with_evaluations(config),
        space=default_space(config.algorithm.name) if file is None else space_file(file),
        value=search["value"],
        pruner=search["pruner"],
        sampler=search["sampler"],
        startup=search["startup"],
        seed=config.seed,
    )


def _next(plan: SearchPlan, folder: Path, interrupted: bool, search: Mapping[str, Any]) -> str:
    from rl_training.studies.tune.results import BEST

    root = plan.config.run_root
    own = ["--study", plan.name, *([] if root is None else ["--run_root", root])]
    own += ["--storage", search["storage"]] if search["storage"] else []
    steps = [("go on", command("tune", *own))] * interrupted
    if (folder / BEST).is_file():
        steps.append(("train with the best", command("train", "--config", folder / BEST)))
    return f"study: {folder}\n{next_steps(*steps)}" if steps else f"study: {folder}"
