"""The whole test suite, stage by stage: linters, type checks, docs, GDScript tests, pytest.

Called by `bootstrap.py test` inside the virtual environment. All stages run, so that one run shows
all failures; pytest comes last and its summary is repeated as the last line. Further arguments go
to pytest. The GDScript tests, which keep one core busy, run beside the linters.

A few tests that failed beside others are run a second time, one by one with the machine to
themselves. Those that pass then are named as unsteady and do not fail the whole.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from rl_training.engine.commands import kill_group
from rl_training.engine.find import find_engine
from rl_training.engine.project import ensure_imported
from rl_training.errors import HarnessError

GDSCRIPT_FOLDERS = (
    *("addons", "scenes", "examples", "tests/godot"),
    "rl_training/project_setup/templates",
)
STAGE_LIMIT_S = 1200.0
GDSCRIPT_LIMIT_S = 300.0
# On a busy machine; whoever is stopped cannot say what failed.
PYTEST_LIMIT_S = 2400.0
# More than the cores of a small machine: tests wait for engines.
PYTEST_WORKERS = "3"
# Neighbours stay with one worker, so what a module sets up is set up once.
DIST = ("--dist", "worksteal")
# More failures than this are no accident of a busy machine.
MOST_UNSTEADY = 3
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_GDSCRIPT_SUMMARY = re.compile(r"^\d+ passed, \d+ failed$")
_COUNT = re.compile(r"(\d+) (\w+)")
_PYTEST_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)")
_PYTEST_SUMMARY = re.compile(r"^=* ?((?:\d+ \w+(?:, )?)+ in [\d.]+s.*?|no tests ran.*?) ?=*$")


@dataclass(frozen=True)
class StageResult:
    """How a stage ended.

    Attributes:
        name: of the stage.
        code: its exit code.
        seconds: it took.
        summary: its telling line.
        failed: tests that failed, pytest's names.
        unsteady: tests that failed beside others and passed alone.
    """

    name: str
    code: int
    seconds: float
    summary: str = ""
    failed: tuple[str, ...] = ()
    unsteady: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One stage: a name and the command line to run, given pytest's further arguments.

    Attributes:
        name: of the stage.
        command: makes the command line of pytest's further arguments.
        limit_s: seconds after which it is stopped.
        beside: it runs beside the stages that are not, all but pytest, which has the machine alone.
    """

    name: str
    command: Callable[[list[str]], list[str]]
    limit_s: float = STAGE_LIMIT_S
    beside: bool = False


def main(arguments: list[str] | None = None) -> int:
    """Run the chosen stages and return 0 only if all of them passed."""
    stages = all_stages()
    parser = argparse.ArgumentParser(
        prog="run_tests.py", description="Further arguments go to pytest.", allow_abbrev=False
    )
    names = [stage.name for stage in stages]
    parser.add_argument(
        "--stage", action="append", choices=names, help="run this stage only (repeatable)"
    )
    options, rest = parser.parse_known_args(arguments)
    chosen = [stage for stage in stages if not options.stage or stage.name in options.stage]
    os.chdir(ROOT)
    started = time.monotonic()
    try:
        results = run_stages(chosen, rest)
        if results and _may_be_unsteady(results[-1]):
            results[-1] = run_alone(chosen[-1], rest, results[-1])
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return report(results, time.monotonic() - started)


def all_stages() -> list[Stage]:
    """The stages in their order; pytest is the last.

    The floors of imports and the pages have a stage where they are configured.
    """
    python = sys.executable
    configured = []
    if "[tool.importlinter]" in (ROOT / "pyproject.toml").read_text("utf-8"):
        configured.append(Stage("imports", lambda _: [_tool("lint-imports"), "--no-cache"]))
    if (ROOT / "mkdocs.yml").is_file():
        configured.append(Stage("docs", lambda _: docs_command()))
    return [
        Stage("ruff check", lambda _: [python, "-m", "ruff", "check", "."]),
        Stage("ruff format", lambda _: [python, "-m", "ruff", "format", "--check", "."]),
        Stage("mypy", lambda _: [python, "-m", "mypy"]),
        *configured,
        Stage("gdformat", lambda _: [_tool("gdformat"), "--check", *gdscript_files()]),
        Stage("gdlint", lambda _: [_tool("gdlint"), *gdscript_files()]),
        Stage("gdscript", lambda _: gdscript_command(), GDSCRIPT_LIMIT_S, beside=True),
        Stage(
            "pytest",
            # Whatever is long waits for the night, unless `rest` has an -m of its own.
            lambda rest: [
                *(python, "-m", "pytest", "-q", "-n", PYTEST_WORKERS, *DIST, "-m", "not nightly"),
                *("--durations=20", *_colour(), *rest),
            ],
            PYTEST_LIMIT_S,
        ),
    ]


def gdscript_files() -> list[str]:
    """Every script of ours, relative to the root."""
    files = (path for folder in GDSCRIPT_FOLDERS for path in (ROOT / folder).rglob("*.gd"))
    return sorted(str(path.relative_to(ROOT)) for path in files)


def gdscript_command() -> list[str]:
    """The command that runs the GDScript tests, the project's class names brought up to date.

    Raises:
        HarnessError: no engine, or the project's scripts do not compile.
    """
    engine = find_engine()
    ensure_imported(engine, ROOT)
    return [
        *(str(engine.path), "--headless", "--fixed-fps", "90", "--path", str(ROOT)),
        *("--script", "res://tests/godot/run_tests.gd"),
    ]


def docs_command() -> list[str]:
    """The command that builds the pages and fails on a broken link."""
    site = str(ROOT / "build" / "site")
    return [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", site]


def run_stages(stages: list[Stage], rest: list[str]) -> list[StageResult]:
    """Run the stages and return how each ended, in their order.

    Those that run beside others are started first, and what they print is kept until these have
    ended; pytest begins after that.

    Args:
        stages: to run; pytest, if there, last.
        rest: pytest's further arguments.
    """
    last = [stage for stage in stages if stage.name == "pytest"]
    beside = [stage for stage in stages if stage.beside]
    in_turn = [stage for stage in stages if stage not in [*last, *beside]]
    results: dict[str, StageResult] = {}
    running = Running()
    texts = [io.StringIO() for _ in beside]
    with ThreadPoolExecutor(max(len(beside), 1)) as pool:
        futures = [
            pool.submit(run_stage, stage, rest, text, running)
            for stage, text in zip(beside, texts, strict=True)
        ]
        try:
            for stage in in_turn:
                results[stage.name] = run_stage(stage, rest)
            for stage, text, future in zip(beside, texts, futures, strict=True):
                results[stage.name] = future.result()
                print(text.getvalue(), end="", flush=True)
        except BaseException:
            running.stop()
            raise
    for stage in last:
        results[stage.name] = run_stage(stage, rest)
    return [results[stage.name] for stage in stages]


class Running:
    """The programs that run in threads of their own, so that they can be stopped from outside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._processes: list[subprocess.Popen[bytes]] = []

    def add(self, process: subprocess.Popen[bytes]) -> None:
        """Know of a program, and end it at once if all were stopped meanwhile."""
        with self._lock:
            self._processes.append(process)
            if self._stopped:
                kill_group(process)

    def stop(self) -> None:
        """End all of them with their children, and those that come later."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                kill_group(process)


def run_stage(
    stage: Stage, rest: list[str], out: TextIO | None = None, running: Running | None = None
) -> StageResult:
    """Run one stage, its output passed on as it comes.

    Args:
        stage: to run.
        rest: pytest's further arguments.
        out: where its output goes; None: to the standard output.
        running: is told of the program.
    """
    out = out or sys.stdout
    print(f"\n--- {stage.name} ---", file=out, flush=True)
    started = time.monotonic()
    try:
        code, lines = run_passing_on(stage.command(rest), stage.limit_s, out, running)
    except (HarnessError, OSError) as error:
        print(f"error: {error}", file=out, flush=True)
        code, lines = 2, [f"error: {error}"]
    summary = next((line.strip() for line in reversed(lines) if line.strip()), "")
    failed: tuple[str, ...] = ()
    if stage.name == "pytest":
        summary = pytest_summary(lines) or summary
        failed = tuple(match[1] for line in lines if (match := _PYTEST_FAILED.match(line)))
    if stage.name == "gdscript":
        # The engine may still warn after the runner has counted.
        counts = [line for line in lines if _GDSCRIPT_SUMMARY.match(line)]
        summary = counts[-1] if counts else summary
    return StageResult(stage.name, code, time.monotonic() - started, summary, failed)


def _may_be_unsteady(result: StageResult) -> bool:
    # pytest's 1: tests were run and some failed.
    return result.name == "pytest" and result.code == 1 and 0 < len(result.failed) <= MOST_UNSTEADY


def run_alone(stage: Stage, rest: list[str], first: StageResult) -> StageResult:
    """Run the tests that failed once more, one after the other, and return how it ended in all.

    Args:
        stage: pytest's.
        rest: further arguments of the first time.
        first: how that ended.
    """
    print("\nOnce more, alone: " + ", ".join(first.failed), flush=True)
    again = run_stage(stage, [*rest, "-n", "0", "--last-failed", "--last-failed-no-failures=none"])
    seconds = first.seconds + again.seconds
    if again.code != 0:
        return replace(first, seconds=seconds)
    counts = {word: int(count) for count, word in _COUNT.findall(first.summary)}
    passed = counts.get("passed", 0) + len(first.failed)
    summary = f"{passed} passed, 0 failed, {counts.get('skipped', 0)} skipped"
    return replace(first, code=0, seconds=seconds, summary=summary, unsteady=first.failed)


def run_passing_on(
    command: list[str], limit_s: float, out: TextIO | None = None, running: Running | None = None
) -> tuple[int, list[str]]:
    """Run a program, pass its output on and keep its last lines, under a time limit.

    Args:
        command: program and arguments.
        limit_s: seconds after which it and its children are killed.
        out: where its output goes; None: to the standard output.
        running: is told of the program.

    Returns:
        The exit code (124 when the limit struck) and up to 50 last lines without colours.
    """
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=sys.platform != "win32",
    )
    out = out or sys.stdout
    if running is not None:
        running.add(process)
    struck = threading.Event()

    def end_it() -> None:
        struck.set()
        kill_group(process)

    timer = threading.Timer(limit_s, end_it)
    timer.start()
    lines: list[str] = []
    try:
        assert process.stdout is not None
        with process.stdout:
            for raw in process.stdout:
                line = raw.decode("utf-8", "replace")
                out.write(line)
                out.flush()
                lines = [*lines[-49:], _ANSI.sub("", line).rstrip()]
        code = process.wait()
    except BaseException:
        kill_group(process)
        process.wait()
        raise
    finally:
        timer.cancel()
    if struck.is_set():
        message = f"error: stopped after {limit_s:.0f} s"
        print(message, file=out, flush=True)
        return 124, [*lines, message]
    return code, lines


def pytest_summary(lines: list[str]) -> str:
    """The line in which pytest counts, or an empty text."""
    for line in reversed(lines):
        match = _PYTEST_SUMMARY.match(line)
        if match:
            return match[1]
    return ""


def report(results: list[StageResult], seconds: float) -> int:
    """Print the table of stages, the counting line last, and return the exit code.

    Args:
        results: of the stages.
        seconds: that all of it took; stages beside each other took less than their sum.
    """
    failed = [result for result in results if result.code != 0]
    print("\n--- stages ---")
    for result in results:
        state = "ok  " if result.code == 0 else "FAIL"
        print(f"{state} {result.name:<12} {result.seconds:7.1f} s  {result.summary[:100]}")
        for name in result.unsteady:
            print(f"     unsteady: {name} failed beside other tests and passed alone; mend it")
    outcome = ", ".join(result.name for result in failed)
    print(f"{len(results) - len(failed)} of {len(results)} stages ok in {seconds:.0f} s")
    if failed:
        print(f"FAILED stages: {outcome}")
    if results and results[-1].name == "pytest":
        print(results[-1].summary)
    sys.stdout.flush()
    if not failed:
        return 0
    return failed[0].code if len(failed) == 1 and failed[0].code > 0 else 1


def _tool(name: str) -> str:
    suffix = ".exe" if os.name == "nt" else ""
    return str(Path(sys.executable).parent / f"{name}{suffix}")


def _colour() -> list[str]:
    return ["--color=yes"] if sys.stdout.isatty() else []


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(main())
