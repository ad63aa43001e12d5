"""Flags that several commands share: one meaning, old spellings, `--json [FILE]`, next steps."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from rl_training import invocation
from rl_training.commands import flags, replay
from rl_training.commands.catalogue import COMMANDS, Command
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser, collect_parser
from rl_training.commands.train import parse
from rl_training.errors import StorageError

# Contract names whose value is another thing than the shared flag's, by command.
_OTHER_MEANINGS = {("train", "run_root")}


@pytest.fixture(name="parser")
def _parser() -> Parser:
    parser = Parser("what it does")
    flags.add(parser, "project_path", "experiment_name", "json")
    return parser


def test_old_spellings_work_and_say_the_new_one_once(
    parser: Parser, capsys: pytest.CaptureFixture[str]
) -> None:
    given = parser.parse_args(["--project", "a", "--experiment=b", "--project", "c"])
    assert (given.project_path, given.experiment_name) == ("c", "b")
    assert capsys.readouterr().err.splitlines() == [
        "note: --project is called --project_path now",
        "note: --experiment is called --experiment_name now",
    ]
    parser.parse_args(["--project-path", "a"])
    assert capsys.readouterr().err == ""
    assert "--experiment " not in parser.format_help()


@pytest.mark.parametrize(
    ("words", "value"),
    [([], None), (["--json"], Path("-")), (["--json", "x.json"], Path("x.json"))],
)
def test_json_takes_a_file_or_none(parser: Parser, words: list[str], value: Path | None) -> None:
    assert parser.parse_args(words).json == value


def test_json_leaves_a_recording_that_follows_it(tmp_path: Path) -> None:
    parser = replay._parser()
    given = parser.parse_args(["--json", "a.replay", "b.replay"])
    assert given.json == Path("-")
    assert given.recordings == [Path("a.replay"), Path("b.replay")]
    given = parser.parse_args(["a.replay", "--json", "verdict.json"])
    assert given.json == Path("verdict.json")


def test_results_as_json_as_text_and_as_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert flags.emit(None, {"a": 1}, "text")
    assert capsys.readouterr().out == "text\n"
    assert not flags.emit(Path("-"), {"a": 1}, "text")
    assert json.loads(capsys.readouterr().out) == {"a": 1}
    file = tmp_path / "new" / "x.json"
    assert flags.emit(file, {"a": 1}, "text")
    assert json.loads(file.read_text()) == {"a": 1}
    assert capsys.readouterr().out == "text\n"
    with pytest.raises(StorageError, match=r"--json: .* cannot be written"):
        flags.emit(tmp_path, {}, "")


def test_a_shared_flag_has_one_kind_of_value_everywhere() -> None:
    """A name of the table is never declared by hand with another type or as another thing."""
    kinds: dict[str, set[tuple[str, bool]]] = {}
    for name, entry in COMMANDS.items():
        below = {name: entry} if isinstance(entry, Command) else dict(entry.commands)
        for each, one in below.items():
            for action in collect_parser(one.load(), each)._actions:
                if action.dest in flags.SHARED and (each, action.dest) not in _OTHER_MEANINGS:
                    number = action.type in (int, float)
                    kinds.setdefault(action.dest, set()).add((str(number), action.nargs == 0))
    assert {name: found for name, found in kinds.items() if len(found) > 1 and name != "viz"} == {}


def test_next_steps_are_commands_to_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rl_training.invocation.program", lambda: ("spacetime-rl",))
    words = command("evaluate", "--model", Path("my models/a b.onnx"))
    assert shlex.split(words) == ["spacetime-rl", "evaluate", "--model", "my models/a b.onnx"]
    text = next_steps(("evaluate", words), ("go on", "x"))
    assert text.splitlines() == ["next:", f"  evaluate: {words}", "  go on:    x"]


def test_without_an_installation_the_folder_is_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setattr("shutil.which", lambda name, path=None: None)
    words = invocation.program()
    assert Path(words[-1]).resolve() == Path(invocation.__file__).parent
    assert len(words) == 2


def test_what_only_the_bootstrap_finds_is_named_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "venv" / "spacetime-rl"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.executable", str(script.with_name("python")))
    monkeypatch.setenv("PATH", str(script.parent))
    assert invocation.program() == ("spacetime-rl",)
    monkeypatch.setenv("SPACETIME_RL_SHELL_PATH", str(tmp_path))
    assert invocation.program() == (str(Path("venv", "spacetime-rl")),)


def test_a_game_of_ones_own_is_no_shipped_scenario(tmp_path: Path) -> None:
    from rl_training.commands.game_flags import chosen_scenario, scenario_in

    assert scenario_in(["--project-path", "x"]) == "custom"
    assert scenario_in(["--env_path=x"]) == "custom"
    assert scenario_in(["--seed", "1"]) == "vr_locomotion"
    assert chosen_scenario({"scenario": None, "env_path": "x"}) == "custom"
    assert chosen_scenario({"scenario": "memory", "env_path": "x"}) == "memory"
    assert parse(["--scenario", "memory"], "vr_locomotion").scenario == "memory"
