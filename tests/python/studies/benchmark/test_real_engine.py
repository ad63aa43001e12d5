"""The suite on the real engine, as short as it can be."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rl_training.benchmark_harness import main
from rl_training.commands.study_benchmark import parse
from rl_training.engine import find_engine
from rl_training.studies.benchmark.cells import all_cells
from rl_training.studies.benchmark.measure import make_base
from rl_training.studies.benchmark.processes import descendants, process_info
from rl_training.studies.benchmark.runner import Outcome, run_task

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]
CELL = Path(__file__).parents[4] / "rl_training" / "benchmark_cell.py"


@pytest.mark.nightly
def test_quick_run_writes_json_and_markdown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, tables = tmp_path / "b.json", tmp_path / "b.md"
    flags = ["--quick", "--num_envs", "1", "--arenas", "2", "--seconds", "0.1"]
    code = main([*flags, "--json", str(data), "--markdown", str(tables)])
    result = json.loads(data.read_text())
    failures = {cell["name"]: cell["failures"] for cell in result["cells"] if cell["failures"]}
    assert (code, failures) == (0, {})
    measured = {cell["name"]: cell for cell in result["cells"] if cell["values"]}
    assert set(measured) == {"raw", "binary", "json", "stock_best", "start_1"}
    for name in ("raw", "binary", "json", "stock_best"):
        assert measured[name]["values"]["agents"] == {"0": 2.0}
        assert measured[name]["values"]["value"]["0"] > 10.0
    assert measured["binary"]["values"]["engine_rss_mb"]["0"] > 20.0
    assert 0.05 < measured["start_1"]["values"]["value"]["0"] < 20.0
    ratio = next(ratio for ratio in result["ratios"] if ratio["name"] == "harness_to_raw")
    assert len(ratio["values"]) == 1
    assert "| this harness / raw engine |" in tables.read_text()
    assert tables.read_text() == capsys.readouterr().out.removesuffix("\n")


def _measure(name: str) -> Outcome:
    settings = parse(["--num_envs", "1", "--arenas", "2", "--seconds", "0.1"])
    base = make_base(settings, find_engine())
    cell = next(cell for cell in all_cells(base) if cell.name == name)
    return run_task((sys.executable, str(CELL)), cell.task, 100.0)


def test_stock_ppo_as_documented_is_tied_to_the_clock() -> None:
    outcome = _measure("ppo_stock_one")
    assert outcome.measurement is not None, outcome.error
    assert outcome.measurement["agents"] == 1.0
    # 90 ticks/s, sped up 8 times, 8 ticks a decision: 90 decisions/s at most.
    assert 1.0 < outcome.measurement["value"] < 95.0


def test_a_raw_cell_without_a_number_of_decisions_is_one_line() -> None:
    outcome = _measure("raw")
    assert outcome == Outcome(None, "a raw cell needs a number of decisions")


def test_an_ended_suite_takes_its_cell_and_engines_along(tmp_path: Path) -> None:
    script = CELL.with_name("benchmark_harness.py")
    flags = ["--only", "stock_one", "--seconds", "100", "--repeats", "1"]
    with (tmp_path / "log").open("w") as log:
        suite = subprocess.Popen([sys.executable, str(script), *flags], stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 60.0
            while not any(info.is_engine for info in descendants(suite.pid)):
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                assert suite.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.1)
            below = [info.pid for info in descendants(suite.pid)]
            suite.terminate()
            assert suite.wait(20.0) == 128 + signal.SIGTERM
        finally:
            suite.kill()
            suite.wait()
    deadline = time.monotonic() + 5.0
    while any(process_info(pid) for pid in below) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in below if process_info(pid)] == []
