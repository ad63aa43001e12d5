"""All commands as users meet them: their help, their light start, their aliases, wrong names."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rl_training.commands import main as program
from rl_training.commands.catalogue import COMMANDS, Command, resolve
from rl_training.commands.parser import collect_parser
from rl_training.project_files import PACKAGE

ALIASES = sorted(
    path.stem
    for path in PACKAGE.glob("*.py")
    if "rl_training.commands" in path.read_text("utf-8") and path.stem not in ("__main__", "cli")
)
HEAVY = ("torch", "stable_baselines3", "numpy", "onnx", "onnxruntime", "scipy", "matplotlib")
_HELP = """
import contextlib, io, sys
from rl_training.commands.catalogue import COMMANDS, Command
from rl_training.commands.main import run
calls = []
for name, entry in COMMANDS.items():
    calls.append([name])
    if not isinstance(entry, Command):
        calls += [[name, each] for each in entry.commands]
for words in [[], *calls]:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert run([*words, "--help"]) == 0, words
    assert "usage: spacetime-rl" in out.getvalue(), words
    heavy = [name for name in {heavy!r} if name in sys.modules]
    assert not heavy, (words, heavy)
"""


def _leaves() -> Iterator[tuple[str, Command]]:
    for name, entry in COMMANDS.items():
        if isinstance(entry, Command):
            yield name, entry
        else:
            yield from ((f"{name} {each}", command) for each, command in entry.commands.items())


LEAVES = dict(_leaves())


def test_help_of_every_command_loads_nothing_heavy() -> None:
    """Torch alone would take seconds; NumPy would take a third of what help may cost."""
    code = _HELP.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", LEAVES)
def test_no_default_is_shown_that_says_nothing(name: str) -> None:
    text = collect_parser(LEAVES[name].load(), f"spacetime-rl {name}").format_help()
    assert text.startswith(f"usage: spacetime-rl {name} ")
    for nothing in (
        "None",
        "SUPPRESS",
        "default: ()",
        "default: []",
        "PosixPath",
        "default: False",
    ):
        assert nothing not in text


@pytest.mark.parametrize("name", LEAVES)
def test_every_flag_says_what_it_is(name: str) -> None:
    parser = collect_parser(LEAVES[name].load(), name)
    assert [action.dest for action in parser._actions if not action.help] == []


@pytest.mark.parametrize("script", ALIASES)
def test_scripts_answer_help(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    main = importlib.import_module(f"rl_training.{script}").main
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    out = capsys.readouterr().out
    assert "usage:" in out
    assert "(default: None)" not in out


def test_there_is_a_script_for_every_old_name() -> None:
    assert {
        *("train_vr_locomotion", "test_vr_locomotion", "evaluate_model", "doctor"),
        *("validate_training_metrics", "check_regression", "generate_report", "replay_episode"),
        *("verify_onnx_in_engine", "benchmark_harness", "benchmark_cell", "benchmark_solve"),
        *("sweep_ppo", "measure_gate", "plot_learning", "quantize_model", "compare_models"),
        *("distill_policy", "export_policy", "export_game", "migrate_project", "build_native"),
        *("train_memory", "train_vr_navigation", "test_training_setup", "train_voxel_stress"),
    } <= set(ALIASES)


@pytest.mark.parametrize("script", [["rl_training"], ["-m", "rl_training"]])
def test_the_package_is_the_command(script: list[str], repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, *script, "engine", "path", "--godot", sys.executable + "-not"],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["trian"], 2, "no command 'trian'. Did you mean 'train'?"),
        (["export", "gmae"], 2, "export: no command 'gmae'. Did you mean 'game'?"),
        (["runs", "--nonsense"], 2, "unrecognized arguments: --nonsense"),
        (["train", "--scenario", "custom"], 2, "give --project_path with the folder"),
        (["doctor", "--scenario", "custom"], 2, "give --project_path with the folder"),
        (["gate"], 2, "the following arguments are required: --current, --baseline"),
    ],
)
def test_wrong_use_is_one_line(
    words: list[str], code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.run(words) == code
    err = capsys.readouterr().err
    assert text in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "usage: spacetime-rl COMMAND"),
        (["--help"], "usage: spacetime-rl COMMAND"),
        (["export", "--help"], "usage: spacetime-rl export COMMAND"),
        (["runs", "--help"], "(if none is named)"),
        (["--version"], "spacetime-rl "),
    ],
)
def test_help_of_the_program(
    words: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.run(words) == 0
    assert text in capsys.readouterr().out


def test_a_group_without_a_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(["export"]) == 2
    assert "policy" in capsys.readouterr().out


def test_words_find_their_command() -> None:
    found = resolve(["runs", "--run_root", "x"])
    assert found is not None
    assert (found[0], found[2]) == ("runs list", ["--run_root", "x"])
    found = resolve(["gate", "training", "--min_fps", "1"])
    assert found is not None
    assert (found[0], found[2]) == ("gate training", ["--min_fps", "1"])
    assert resolve(["export"]) is None


def test_evaluation_of_a_game_of_ones_own_needs_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(b"")
    assert program.run(["evaluate", "--model", str(model), "--scenario", "custom"]) == 2
    assert "give --project_path" in capsys.readouterr().err
