"""Runs of a study, one after another or several at a time in processes of their own.

Called by the studies' `measure`. It knows nothing of what a run is.
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

Run = TypeVar("Run")
Row = TypeVar("Row")


def run_jobs(
    runs: Sequence[Run],
    jobs: int,
    work: Callable[..., Row],
    arguments: Callable[[Run], tuple[Any, ...]],
    done: Callable[[Row], None],
    name: Callable[[Run], str],
    needs: Callable[[Run], Run | None] = lambda run: None,
) -> None:
    """Do runs.

    Args:
        runs: in their order.
        jobs: at a time; with several, each has a process of its own.
        work: does one; with several jobs it must be a function of a module.
        arguments: of `work` for a run, asked for when it begins.
        done: told each result when it is there.
        name: of a run, for the log.
        needs: the run that must be done before another, where it is among `runs`.

    Raises:
        BaseException: what a run raised; those that have not begun are left out.
    """
    number = itertools.count(1)

    def begin(run: Run) -> tuple[Any, ...]:
        logger.info("run %d of %d: %s", next(number), len(runs), name(run))
        return arguments(run)

    if jobs == 1:
        for run in runs:
            done(work(*begin(run)))
        return
    # Fresh processes: torch and the loggers of a forked one are not usable.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting, begun = list(runs), dict[Future[Row], Run]()
        try:
            while waiting or begun:
                pending = [*waiting, *begun.values()]
                for run in [run for run in waiting if needs(run) not in pending]:
                    if len(begun) == jobs:
                        break
                    waiting.remove(run)
                    begun[pool.submit(work, *begin(run))] = run
                for each in wait(begun, return_when=FIRST_COMPLETED).done:
                    del begun[each]
                    done(each.result())
        except BaseException:
            for each in begun:
                each.cancel()
            raise
