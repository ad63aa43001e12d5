from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from rl_training.errors import EngineNotFoundError
from tools import run_tests
from tools.run_tests import Stage, StageResult, main, pytest_summary, run_passing_on


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """Three stages that pass, to be replaced one by one."""
    listed = [
        Stage("ruff check", lambda _: python("print('clean')")),
        Stage("gdscript", lambda _: python("print('3 passed, 0 failed'); print('WARNING: leak')")),
        Stage("pytest", lambda rest: python(f"print({rest!r}); print('=== 5 passed in 0.1s ===')")),
    ]
    monkeypatch.setattr(run_tests, "all_stages", lambda: listed)
    return listed


def test_all_pass(stages: list[Stage], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-k", "name"]) == 0
    out = capsys.readouterr().out
    assert "['-k', 'name']" in out
    lines = out.splitlines()
    assert lines[-1] == "5 passed in 0.1s"
    assert lines[-2].startswith("3 of 3 stages ok in ")
    assert "3 passed, 0 failed" in lines[-4]


def test_an_early_failure_stops_nothing_and_fails_the_whole(
    stages: list[Stage], capsys: pytest.CaptureFixture[str]
) -> None:
    stages[0] = Stage("ruff check", lambda _: python("print('E501'); raise SystemExit(1)"))
    assert main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "5 passed in 0.1s"
    assert lines[-2] == "FAILED stages: ruff check"
    assert any(line.startswith("ok   gdscript") for line in lines)


def test_the_exit_code_of_a_single_failure_is_kept(stages: list[Stage]) -> None:
    stages[2] = Stage("pytest", lambda _: python("raise SystemExit(5)"))
    assert main([]) == 5
    stages[1] = Stage("gdscript", lambda _: python("raise SystemExit(3)"))
    assert main([]) == 1


SOME_FAIL = """
import sys
alone = sys.argv[-4:] == ["-n", "0", "--last-failed", "--last-failed-no-failures=none"]
if alone and {mended}:
    print("=== 1 passed in 0.1s ===")
    raise SystemExit(0)
for i in range({count}):
    print(f"FAILED tests/test_a.py::test_{{i}} - IndexError: list index out of range")
print("=== {count} failed, 5 passed, 2 skipped in 0.1s ===")
raise SystemExit(1)
"""


def failing(count: int, mended: bool) -> Stage:
    code = SOME_FAIL.format(count=count, mended=mended)
    return Stage("pytest", lambda rest: [*python(code), *rest])


def test_what_fails_beside_others_and_passes_alone_is_named(
    stages: list[Stage], capsys: pytest.CaptureFixture[str]
) -> None:
    stages[2] = failing(1, mended=True)
    assert main(["-x"]) == 0
    out = capsys.readouterr().out
    assert "unsteady: tests/test_a.py::test_0 failed beside other tests" in out
    assert out.splitlines()[-1] == "6 passed, 0 failed, 2 skipped"


@pytest.mark.parametrize(("count", "mended"), [(1, False), (run_tests.MOST_UNSTEADY + 1, True)])
def test_what_fails_twice_or_in_numbers_fails_the_whole(
    stages: list[Stage], capsys: pytest.CaptureFixture[str], count: int, mended: bool
) -> None:
    stages[2] = failing(count, mended)
    assert main([]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{count} failed, 5 passed")


def test_a_stage_without_an_engine_fails_in_one_line(
    stages: list[Stage], capsys: pytest.CaptureFixture[str]
) -> None:
    def no_engine(rest: list[str]) -> list[str]:
        raise EngineNotFoundError("no engine here")

    stages[1] = Stage("gdscript", no_engine)
    stages[0] = Stage("ruff check", lambda _: ["/nowhere/ruff"])
    assert main([]) == 1
    out = capsys.readouterr().out
    assert "error: no engine here" in out
    assert "FAILED stages: ruff check, gdscript" in out


def test_a_stage_beside_others_runs_at_the_same_time(
    stages: list[Stage], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # Each waits for the other's file: in turn neither would end.
    wait = (
        "import pathlib, time\n"
        "pathlib.Path({own!r}).touch()\n"
        "while not pathlib.Path({other!r}).exists(): time.sleep(0.01)\n"
        "print('{name} is through')"
    )
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    lint, script = (
        wait.format(own=a, other=b, name="lint"),
        wait.format(own=b, other=a, name="script"),
    )
    stages[0] = Stage("ruff check", lambda _: python(lint), 60)
    stages[1] = Stage("gdscript", lambda _: python(script), 60, beside=True)
    assert main([]) == 0
    out = capsys.readouterr().out
    assert out.index("lint is through") < out.index("--- gdscript ---")
    assert out.index("script is through") < out.index("--- pytest ---")


def test_an_interrupt_ends_what_runs_beside(stages: list[Stage], tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(600)"

    def interrupt(rest: list[str]) -> list[str]:
        while not started.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    stages[0] = Stage("ruff check", interrupt)
    stages[1] = Stage("gdscript", lambda _: python(code), 600, beside=True)
    assert main([]) == 130


def test_one_stage_alone(stages: list[Stage], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stage", "ruff check"]) == 0
    assert "gdscript" not in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        main(["--stage", "nothing"])


def test_a_stage_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    child = f"import time; time.sleep(3); open({str(alive)!r}, 'w')"
    code = (
        "import subprocess, sys; print('go', flush=True); "
        f"subprocess.run([sys.executable, '-c', {child!r}])"
    )
    started = time.monotonic()
    exit_code, lines = run_passing_on(python(code), 1.0)
    assert exit_code == 124
    assert lines == ["go", "error: stopped after 1 s"]
    assert time.monotonic() - started < 3
    time.sleep(3)
    assert not alive.exists()


@pytest.mark.parametrize(
    ("line", "summary"),
    [
        ("===== 3 passed, 1 skipped in 0.12s =====", "3 passed, 1 skipped in 0.12s"),
        ("1 failed, 99 passed in 71.82s (0:01:11)", "1 failed, 99 passed in 71.82s (0:01:11)"),
        ("no tests ran in 4.50s", "no tests ran in 4.50s"),
        ("2 errors in 0.3s", "2 errors in 0.3s"),
        ("something else", ""),
    ],
)
def test_pytests_summary_is_found(line: str, summary: str) -> None:
    assert pytest_summary(["x", line, ""]) == summary


def test_the_real_stages() -> None:
    names = [stage.name for stage in run_tests.all_stages()]
    assert [name for name in names if name not in ("imports", "docs")] == [
        *("ruff check", "ruff format", "mypy", "gdformat", "gdlint", "gdscript", "pytest")
    ]
    assert names[-1] == "pytest"
    command = run_tests.all_stages()[-1].command(["-m", "nightly"])
    assert command.index("not nightly") < command.index("nightly"), "the last -m counts"
    assert "addons/godot_rl/sync.gd" in run_tests.gdscript_files()
    assert run_tests.report([StageResult("mypy", 0, 1.0)], 1.0) == 0


def test_floors_and_pages_have_a_stage_where_they_are_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.mypy]\n")
    assert not {"imports", "docs"} & {stage.name for stage in run_tests.all_stages()}
    (tmp_path / "pyproject.toml").write_text("[tool.importlinter]\n")
    (tmp_path / "mkdocs.yml").write_text("")
    stages = {stage.name: stage for stage in run_tests.all_stages()}
    assert "lint-imports" in stages["imports"].command([])[0]
    assert "--strict" in stages["docs"].command([])
