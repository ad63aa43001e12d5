"""The doctor's checks: each can fail, says what is wrong and what to do."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training import doctor
from rl_training.diagnosis import game_checks, machine_checks
from rl_training.diagnosis.begin_checks import check_begin
from rl_training.diagnosis.examine import examine
from rl_training.diagnosis.finding import Finding, as_data, exit_code, ok, to_text
from rl_training.diagnosis.game_checks import NAMES, check_game, judge, judge_all
from rl_training.diagnosis.project_checks import check_engine, check_project
from rl_training.diagnosis.subject import Subject
from rl_training.diagnosis.trial import Trial, first_difference

pytestmark = pytest.mark.usefixtures("no_process_left")


def trial(**changes: Any) -> Trial:
    generator = np.random.default_rng(0)
    made = Trial(
        names=["obs[x]", "obs[y]", "obs[z]"],
        agents=2,
        start_s=0.3,
        about="res://a.tscn",
        seconds_per_decision=0.1,
        observations=generator.uniform(-1, 1, (101, 2, 3)).astype(np.float32),
        rewards=generator.uniform(-1, 1, (100, 2)).astype(np.float32),
        ends=np.arange(200).reshape(100, 2) % 40 == 0,
        truncations=np.arange(200).reshape(100, 2) % 80 == 0,
        metrics={"success"},
        reward_terms={"progress"},
    )
    return dataclasses.replace(made, **changes)


def found(findings: Any, check: str) -> Finding:
    (finding,) = [finding for finding in findings if finding.check == check]
    assert isinstance(finding, Finding)
    return finding


def subject(tmp_path: Path, **changes: Any) -> Subject:
    settings: dict[str, Any] = {
        "project_path": None,
        "scene_path": None,
        "run_root": tmp_path,
        "decisions": 60,
        "timeout_s": 10.0,
    }
    return Subject(**settings | changes)


def judged(seen: Trial) -> Any:
    return judge(seen, subject(Path(), metrics=("success",), reward_terms=("progress",)))


def test_a_good_game_has_nothing_to_mend() -> None:
    findings = list(judged(trial()))
    assert all(finding.status == "ok" and not finding.remedy for finding in findings)
    assert found(findings, "episodes end").detail == (
        "5 in 100 decisions (10 s of the game), 3 of them cut off by a limit"
    )


def constant_y() -> Trial:
    made = trial()
    made.observations[..., 1] = 0.25
    return made


def large_z() -> Trial:
    made = trial()
    made.observations[7, 1, 2] = -512.0
    return made


def test_the_bytes_of_images_may_be_large() -> None:
    seen = large_z()
    seen.images = (range(2, 3),)
    assert found(judged(seen), "scale of observations").status == "ok"


@pytest.mark.parametrize(
    ("seen", "check", "status", "text"),
    [
        (constant_y(), "constant observations", "warning", "1 of 3 never changed: obs[y]"),
        (large_z(), "scale of observations", "warning", "1 beyond 100: obs[z], up to 512"),
        (trial(ends=np.zeros((100, 2), bool)), "episodes end", "warning", "none ended in 100"),
        (trial(rewards=np.zeros((100, 2), "f4")), "rewards", "warning", "all of 200 were 0"),
        (trial(rewards=np.full((100, 2), 0.5, "f4")), "rewards", "warning", "200 were 0.5"),
        (
            trial(metrics={"sucess"}),
            "declared names",
            "warning",
            "metrics that the game does not report: success; metrics that the scenario does not "
            "name: sucess",
        ),
        (trial(script_error="Nil at: x.gd:3"), "script errors", "failed", "Nil at: x.gd:3"),
    ],
)
def test_what_is_wrong_is_named(seen: Trial, check: str, status: str, text: str) -> None:
    finding = found(judged(seen), check)
    assert finding.status == status
    assert text in finding.detail
    assert finding.remedy


def test_where_two_trials_differ() -> None:
    assert first_difference(trial(), trial()) == ""
    other = trial()
    other.observations[3, 1, 2] += 1e-6
    assert first_difference(trial(), other) == "decision 3, agent 1, obs[z]"
    other = trial()
    other.rewards[4, 0] += 1.0
    assert first_difference(trial(), other) == "decision 4, the reward"
    other = trial()
    other.ends[5, 0] ^= True
    assert first_difference(trial(), other) == "decision 5, an episode's end"


@pytest.mark.parametrize(
    ("behaviour", "check", "text"),
    [
        ({"nan_step": 10}, "finite observations", "null (NaN) at element 1 (progress)"),
        ({"resize_step": 10}, "spaces", "5 elements, expected 4"),
        ({"die_first": True}, "agents", "no AIController in the scene"),
        ({"hang_step": 10}, "agents", "did not answer within 2 s"),
        ({"die_step": 10}, "agents", "first script error: SCRIPT ERROR: Division by zero. at: st"),
        ({"raw_step": 10, "raw": "03000000414243"}, "spaces", "not JSON"),
        ({"actions": {"a": {"action_type": "fuzzy", "size": 1}}}, "spaces", "'fuzzy'"),
    ],
)
def test_a_game_that_cannot_be_played(
    fake_game: Callable[..., str],
    tmp_path: Path,
    behaviour: dict[str, Any],
    check: str,
    text: str,
) -> None:
    game = fake_game(**behaviour)
    findings = list(check_game(subject(tmp_path, env_path=game, timeout_s=2.0), has_arenas=False))
    assert [finding.check for finding in findings] == list(NAMES)
    finding = found(findings, check)
    assert finding.status == "failed"
    assert text in finding.detail
    assert finding.remedy
    assert all(other.status == "skipped" for other in findings if other is not finding)


def test_a_game_that_can_be_played(fake_game: Callable[..., str], tmp_path: Path) -> None:
    findings = list(examine(subject(tmp_path, env_path=fake_game(episode_length=20))))
    assert len(findings) >= 18
    assert exit_code(findings) == 0
    assert found(findings, "determinism").status == "ok"
    assert found(findings, "constant observations").detail.endswith("never changed: obs[seed]")
    assert found(findings, "game").status == "ok"


def test_a_game_with_a_mind_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trials = iter([trial(), trial(rewards=trial().rewards + 1)])
    monkeypatch.setattr(game_checks, "play", lambda *_: [next(trials)])
    monkeypatch.setattr(game_checks, "compare", lambda *_: first_difference(trial(), next(trials)))
    finding = found(check_game(subject(tmp_path), has_arenas=True), "determinism")
    assert finding.status == "warning"
    assert "decision 0, the reward" in finding.detail


def test_python_and_packages() -> None:
    assert machine_checks.check_python().status == "ok"
    assert machine_checks.check_python((3, 9, 2)).status == "failed"
    assert machine_checks.check_packages().status == "ok"
    finding = machine_checks.check_packages(
        ["numpy>=99", "no-such-package", "pytest>=1", "x; sys_platform == 'plan9'"]
    )
    assert finding.status == "failed"
    assert "expected >=99; no-such-package is missing" in finding.detail
    assert machine_checks.check_packages([]).status == "skipped"


def test_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = machine_checks.check_torch()
    assert finding.status == "ok"
    assert "on the CPU" in finding.detail
    (tmp_path / "broken_torch.py").write_text("raise OSError('libtorch_cpu.so: cannot open')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = machine_checks.check_torch("broken_torch")
    assert finding.status == "failed"
    assert "OSError: libtorch_cpu.so: cannot open" in finding.detail
    assert "make setup" in finding.remedy


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = subject(tmp_path, run_root=tmp_path / "not" / "yet")
    assert machine_checks.check_folders(asked).status == "ok"
    assert not (tmp_path / "not").exists()

    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)  # root may write anywhere
    finding = machine_checks.check_folders(asked)
    assert finding.status == "failed"
    assert f"logs in {tmp_path / 'not' / 'yet' / 'logs'}: Permission denied" in finding.detail
    assert "--run_root" in finding.remedy


def test_names_are_not_compared_without_an_episode() -> None:
    nothing = judge(trial(), subject(Path()))
    assert found(nothing, "declared names").status == "skipped"
    endless = trial(ends=np.zeros((100, 2), bool), metrics=set())
    assert found(judged(endless), "declared names").status == "skipped"


@pytest.mark.parametrize(("free", "status"), [(50e9, "ok"), (0.5e9, "warning"), (0.01e9, "failed")])
def test_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, status: str) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=int(free)))
    finding = machine_checks.check_disk(subject(tmp_path, run_root=tmp_path / "not" / "yet"))
    assert finding.status == status


def test_ports(tmp_path: Path, free_port: int) -> None:
    asked = subject(tmp_path, port=free_port, num_envs=3)
    assert machine_checks.check_ports(asked).status == "ok"
    with socket.create_server(("127.0.0.1", free_port + 1)):
        finding = machine_checks.check_ports(asked)
    assert finding.status == "warning"
    assert f"taken: {free_port + 1} " in finding.detail


def test_stray_engines(tmp_path: Path) -> None:
    for pid, parent, words in (
        (11, 1, "godot\0--arena_total=4\0"),
        (12, 7, "godot\0--arena_total=4\0"),
        (13, 1, "bash\0"),
    ):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_text(words)
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (a b) c) S {parent} 1 1")
    finding = machine_checks.check_stray_engines(tmp_path)
    assert finding.status == "warning"
    assert finding.remedy == "end them: kill 11"
    assert machine_checks.check_stray_engines(tmp_path / "none").status == "skipped"


def test_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine_checks, "find_xvfb", lambda: None)
    assert machine_checks.check_screen().status == "warning"
    monkeypatch.setattr(machine_checks, "find_xvfb", lambda: Path("/usr/bin/Xvfb"))
    assert "virtual" in machine_checks.check_screen().detail
    monkeypatch.setenv("DISPLAY", ":7")
    assert machine_checks.check_screen().detail == "DISPLAY=:7"


def test_no_engine(tmp_path: Path) -> None:
    asked = subject(tmp_path, project_path=str(tmp_path), godot=str(tmp_path / "godot"))
    finding, engine = check_engine(asked)
    assert (finding.status, engine) == ("failed", None)
    assert "engine install" in finding.remedy


PROJECT = """
[application]
run/main_scene="res://main.tscn"
[autoload]
GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"
[editor_plugins]
enabled=PackedStringArray("res://addons/godot_rl/plugin.cfg")
"""


@pytest.mark.parametrize(
    ("missing", "check", "status", "text"),
    [
        ("project.godot", "project", "failed", "holds no project.godot"),
        ("addons", "project", "failed", "no reinforcement-learning addon"),
        ("main.tscn", "scene", "failed", "has no scene res://"),
        ("GodotRLAgentsSync", "autoload", "failed", "GodotRLAgentsSync is missing"),
        ("enabled", "addon", "warning", "not enabled"),
        ("nothing", "autoload", "ok", "sync.gd"),
    ],
)
def test_the_games_files(tmp_path: Path, missing: str, check: str, status: str, text: str) -> None:
    (tmp_path / "project.godot").write_text(PROJECT.replace(missing, "else"))
    (tmp_path / "addons" / "godot_rl").mkdir(parents=True)
    (tmp_path / "addons" / "godot_rl" / "sync.gd").touch()
    (tmp_path / "main.tscn").touch()
    if missing == "addons":
        shutil.rmtree(tmp_path / missing)
    elif (tmp_path / missing).is_file():
        (tmp_path / missing).unlink()
    asked = subject(tmp_path, project_path=str(tmp_path))
    finding = found(check_project(asked, None), check)
    assert finding.status == status
    assert text in finding.detail
    if check == "autoload" and status == "failed":
        assert 'GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"' in finding.remedy


def test_a_limit_that_never_comes_is_told() -> None:
    """A controller whose _physics_process lacks super(): reset_after is not counted."""
    ends = np.zeros((100, 2), bool)
    ends[30, 0] = True
    seen = trial(ends=ends, reset_after=(200, 200), ticks_per_decision=8)
    finding = found(judged(seen), "episodes end")
    assert finding.status == "warning"
    assert "agent 1 played 800 physics ticks in one episode, though its reset_after is 200" in (
        finding.detail
    )
    assert "super(delta)" in finding.remedy
    none = trial(ends=np.zeros((100, 2), bool), reset_after=(200, 200), ticks_per_decision=8)
    assert found(judged(none), "episodes end").status == "failed"


def test_a_limit_that_was_not_reached_is_no_fault() -> None:
    seen = trial(
        reset_after=(1000, 1000), ticks_per_decision=8, truncations=np.zeros((100, 2), bool)
    )
    finding = found(judged(seen), "episodes end")
    assert finding.status == "ok"
    assert "none cut off: none was as long as reset_after (1000 ticks)" in finding.detail
    short = trial(ends=np.zeros((100, 2), bool), reset_after=(9000, 9000), ticks_per_decision=8)
    finding = found(judged(short), "episodes end")
    assert finding.status == "warning"
    assert "none ended in 100 decisions (10 s of the game); reset_after is 9000" in finding.detail


def test_warnings_of_the_addon_are_shown() -> None:
    seen = trial(warnings=("WARNING: godot_rl: Walker has no begin_episode",))
    finding = found(judged(seen), "addon's warnings")
    assert (finding.status, finding.detail) == ("warning", "Walker has no begin_episode")


def test_the_remedy_of_determinism_names_what_exists(repository: Path) -> None:
    source = (repository / "rl_training/diagnosis/game_checks.py").read_text()
    assert "episode_rng" not in source
    assert "remove_child(node)" in source


@pytest.mark.parametrize(
    ("controller", "player", "status", "text"),
    [
        ("func begin_episode(seed: int) -> void:\n\tpass", "", "ok", "defined"),
        ("func begin_epsiode(seed: int) -> void:\n\tpass", "", "warning", "walker.gd:4 has begin_"),
        ("func _on_begin_episode() -> void:\n\tpass", "", "warning", "begin_episode was meant"),
        ("func start_episode(s: int) -> void:\n\tpass", "", "warning", "has start_episode()"),
        ("", "if ai.needs_reset:\n\t\tai.reset()", "ok", "resets itself"),
        ("", "pass", "warning", "no script reads needs_reset"),
    ],
)
def test_a_missing_or_misspelt_begin_episode(
    tmp_path: Path, controller: str, player: str, status: str, text: str
) -> None:
    (tmp_path / "base.gd").write_text("class_name Base\nextends AIController3D\n")
    (tmp_path / "walker.gd").write_text(f"extends Base\n\n\n{controller}\n")
    (tmp_path / "player.gd").write_text(f"extends Node3D\nfunc a() -> void:\n\t{player}\n")
    (tmp_path / "main.tscn").write_text(
        "[gd_scene format=3]\n"
        '[ext_resource type="Script" path="res://walker.gd" id="1"]\n'
        '[ext_resource type="Script" path="res://player.gd" id="2"]\n'
        '[node name="Player" type="Node3D"]\nscript = ExtResource("2")\n'
        '[node name="Walker" type="Node3D" parent="."]\nscript = ExtResource("1")\n'
    )
    finding = check_begin(tmp_path, "res://main.tscn")
    assert finding.status == status
    assert text in finding.detail


@pytest.mark.engine
@pytest.mark.timeout(120)
def test_world_coordinates_are_a_finding(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = "res://tests/python/arena_check/games/world_walker_3d.tscn"
    words = ["--project_path", str(repository), "--scene_path", scene, "--decisions", "100"]
    assert doctor.main([*words, "--json"]) == 1
    findings = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert findings["arenas"]["status"] == "failed"
    assert "world_walker_3d.gd:14 (node Walker)" in findings["arenas"]["remedy"]
    assert findings["begin_episode"]["status"] == "ok"


def test_of_several_groups_the_worst_is_told() -> None:
    seen = [trial(group="runner"), dataclasses.replace(constant_y(), group="chaser")]
    findings = list(judge_all(seen, subject(Path(), metrics=("success",))))
    constant = found(findings, "constant observations")
    assert (constant.status, constant.detail) == (
        "warning",
        "chaser: 1 of 3 never changed: obs[y]",
    )
    assert found(findings, "finite observations").detail == "no NaN and no infinity"
    assert found(findings, "rewards").detail.count("mean") == 1, "both are alike: told once"


def test_an_empty_seat_changes_nothing_and_plays_no_episode() -> None:
    seen = constant_y()
    present = np.ones((101, 2), bool)
    present[50:, 0] = False
    seen.observations[50:, 0] = 0.0
    seen.present = present
    assert found(judged(seen), "constant observations").detail == "1 of 3 never changed: obs[y]"
    none = np.zeros((100, 2), bool)
    absent = trial(ends=none, truncations=none, reset_after=(450, 9000), ticks_per_decision=8)
    assert found(judged(absent), "episodes end").status == "failed"
    absent.present = present
    assert found(judged(absent), "episodes end").status == "warning"


@pytest.mark.engine
@pytest.mark.timeout(180)
@pytest.mark.parametrize("scenario", ["tag", "multi_agent_vr_tag"])
def test_a_scene_of_two_groups(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    doctor.main(["--scenario", scenario, "--decisions", "300", "--json"])
    findings = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert "runner" in findings["agents"]["detail"]
    assert "chaser" in findings["agents"]["detail"]
    for check in NAMES:
        assert findings[check]["status"] in ("ok", "warning"), findings[check]
    for check in ("spaces", "determinism", "arenas", "episodes end", "declared names"):
        assert findings[check]["status"] == "ok", findings[check]


def test_the_answer_for_people_and_for_programs() -> None:
    findings = [ok("a", "fine"), Finding("longer", "failed", "x " * 80, "do this")]
    text = to_text(findings)
    assert "-> do this" in text
    assert text.endswith("1 ok, 0 warning, 1 failed, 0 skipped")
    assert all(len(line) <= 100 for line in text.splitlines())
    data = as_data(findings)
    assert data["failed"] is True
    assert data["findings"][0] == {"check": "a", "status": "ok", "detail": "fine", "remedy": ""}


@pytest.mark.parametrize("script", ["doctor.py", "test_training_setup.py"])
def test_the_script(
    script: str, fake_game: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(f"rl_training.{script.removesuffix('.py')}")
    main = module.main
    assert main(["--env_path", fake_game(), "--decisions", "50", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["failed"] is False
    assert main(["--env_path", fake_game(nan_step=3), "--decisions", "50"]) == 1
    assert "1 failed" in capsys.readouterr().out


@pytest.mark.engine
@pytest.mark.timeout(120)
def test_the_scene_of_this_repository(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main(["--decisions", "650", "--json"]) == 0
    findings = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert os.fspath(repository) in findings["scene"]["detail"]
    for check in (
        *("agents", "spaces", "scripts", "determinism", "episodes end", "rewards"),
        *("arenas", "begin_episode", "addon's warnings", "torch and device"),
        *("writable folders", "declared names"),
    ):
        assert findings[check]["status"] == "ok", findings[check]
