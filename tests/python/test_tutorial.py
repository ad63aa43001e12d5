"""docs/tutorial.md and its game in examples/coin_collector: one text, and it is true.

From the import to the exported game and the gate.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rl_training.engine import ensure_imported, find_engine, find_template
from rl_training.engine.template import host_platform
from rl_training.envs import GodotVecEnv
from rl_training.errors import EngineNotFoundError
from rl_training.game_export.export import export_game
from rl_training.game_export.request import ExportRequest

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "coin_collector"
PAGE = REPOSITORY / "docs" / "tutorial.md"
LEVEL = "res://level.tscn"
STATED_SUCCESS = 0.9
"""What docs/tutorial.md says of the policy that lies beside the game."""

Run = Callable[..., tuple[int, str, str]]

engine = pytest.mark.engine
pytestmark = pytest.mark.timeout(300)

PRESS_WATCH = """extends Node
## Presses the menu's second button as a player does, and quits after two rounds of the level.


func _ready() -> void:
	await get_tree().process_frame
	var watch: Button = get_tree().current_scene.get_node("Watch")
	watch.pressed.emit()
	while not get_tree().current_scene is Level:
		await get_tree().process_frame
	var level: Level = get_tree().current_scene
	for i: int in 2:
		await level.round_ended
	print("SEEN keys=%s mode=%d" % [level.player.reads_keys, level.controller.control_mode])
	get_tree().quit()
"""


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The game with the addon, as the page has them after its first steps."""
    return copy_game(tmp_path_factory.mktemp("tutorial") / "coin_collector")


def copy_game(folder: Path) -> Path:
    """Copy game and addon; `ensure_imported` raises when a script does not compile."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("addons", ".godot"))
    shutil.copytree(REPOSITORY / "addons" / "godot_rl", folder / "addons" / "godot_rl")
    ensure_imported(find_engine(), folder)
    return folder


def flags_of(game: Path) -> tuple[str, ...]:
    return ("--scenario", "custom", "--project_path", str(game), "--scene_path", LEVEL)


def play(command: list[str | Path], *words: str) -> tuple[int, str]:
    """Run a game without a screen to its own end; return exit code and output."""
    result = subprocess.run(
        [*map(str, command), "--headless", "--fixed-fps", "60", "--", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PWD": os.getcwd()},
    )
    return result.returncode, result.stdout + result.stderr


def evaluate(run: Run, game: Path, report: Path) -> dict[str, float]:
    model = str(EXAMPLE / "policy.onnx")
    flags = ["--model", model, "--episodes", "100", "--in_engine", "--output", str(report)]
    code, out, err = run("evaluate_model", *flags_of(game), *flags, "--num_envs", "1")
    assert code == 0, out + err
    data: dict[str, float] = json.loads(report.read_text())
    return data


def test_the_page_holds_the_games_files() -> None:
    """Every text file of the game stands in the page, whole; none is left out or made up."""
    blocks = dict(re.findall(r"^`([\w./]+)`:\n\n```\w*\n(.*?)^```$", PAGE.read_text(), re.S | re.M))
    texts = (".gd", ".tscn", ".godot")
    files = {path.name: path.read_text() for path in EXAMPLE.iterdir() if path.suffix in texts}
    assert sorted(blocks) == sorted(files)
    for name, text in files.items():
        assert blocks[name] == text, f"{name} differs between docs/tutorial.md and the game"


def test_what_the_page_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", PAGE.read_text())
    assert len(links) > 5
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def test_the_repositorys_project_does_not_import_the_games() -> None:
    assert (REPOSITORY / "examples" / ".gdignore").is_file()


@engine
def test_the_doctor_finds_nothing_failed(run: Run, game: Path, free_port: int) -> None:
    where = (*flags_of(game)[2:], "--port", str(free_port))
    code, out, err = run("doctor", *where, "--decisions", "300", "--num_envs", "1", "--json")
    findings = json.loads(out)["findings"]
    failed = [item for item in findings if item["status"] == "failed"]
    assert failed == []
    assert code == 0, err


@engine
def test_every_copy_of_the_level_is_alike(game: Path, free_port: int) -> None:
    """Side by side or each in a world of its own: the same rounds, enemies included."""
    runs = []
    for isolation in ("shared", "worlds"):
        with GodotVecEnv(
            project_path=game,
            scene_path=LEVEL,
            port=free_port,
            arenas=4,
            isolation=isolation,
            seed=7,
        ) as env:
            random = np.random.default_rng(0)
            seen = [env.reset()["obs"]]
            for _ in range(200):
                actions = random.uniform(-1.0, 1.0, (4, 2)).astype(np.float32)
                seen.append(env.step(actions)[0]["obs"])
            runs.append(np.stack(seen))
    np.testing.assert_allclose(runs[0], runs[1], atol=1e-4)
    enemy = np.abs(runs[0][:, :, 8:]).sum(axis=2)
    assert enemy.max() > 0.0
    assert enemy.min() == 0.0


@engine
def test_a_short_training_exports(run: Run, game: Path, tmp_path: Path) -> None:
    short = ["--timesteps", "3000", "--num_envs", "1", "--arenas", "16", "--run_root"]
    code, out, err = run(
        "train_vr_locomotion",
        *flags_of(game),
        *("--experiment_name", "coin_collector", *short, str(tmp_path)),
    )
    assert code == 0, out + err
    assert (tmp_path / "models" / "coin_collector_final.onnx").stat().st_size > 1000


@engine
def test_the_menu_starts_the_policy(tmp_path: Path) -> None:
    """The button of the menu leads to a level that plays by itself, without an error."""
    game = copy_game(tmp_path / "game")
    (game / "press_watch.gd").write_text(PRESS_WATCH)
    project = game / "project.godot"
    line = 'GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"\n'
    project.write_text(
        project.read_text().replace(line, line + 'PressWatch="*res://press_watch.gd"\n')
    )
    code, output = play([find_engine().path, "--path", game])
    assert code == 0, output
    assert "SEEN keys=false mode=3" in output
    assert "ERROR" not in output
    assert "WARNING" not in output


@engine
def test_the_committed_policy_wins_as_stated(run: Run, game: Path, tmp_path: Path) -> None:
    report = evaluate(run, game, tmp_path / "report.json")
    assert report["success_rate"] >= STATED_SUCCESS


@engine
def test_the_gate_fails_with_a_faster_enemy(run: Run, game: Path, tmp_path: Path) -> None:
    """The page's last step: the same game passes its own baseline, a harder one does not."""
    evaluate(run, game, tmp_path / "before.json")
    baseline = ["--baseline", str(tmp_path / "baseline.json")]
    before = ["--current", str(tmp_path / "before.json"), *baseline]
    assert run("check_regression", *before, "--update_baseline")[0] == 0
    assert run("check_regression", *before)[0] == 0

    harder = copy_game(tmp_path / "harder")
    script = harder / "enemy.gd"
    slow, fast = (f"const SPEED: float = {speed}" for speed in ENEMY_SPEEDS)
    assert slow in script.read_text()
    script.write_text(script.read_text().replace(slow, fast))
    evaluate(run, harder, tmp_path / "after.json")
    code, out, _ = run("check_regression", "--current", str(tmp_path / "after.json"), *baseline)
    assert code == 1
    assert "success_rate" in out


ENEMY_SPEEDS = ("80.0", "200.0")
"""Before and after, as docs/tutorial.md has them."""


def test_the_page_makes_the_enemy_as_fast() -> None:
    assert all(f"SPEED: float = {speed}" in PAGE.read_text() for speed in ENEMY_SPEEDS)


@engine
def test_the_exported_game_plays_to_its_own_end(game: Path, tmp_path: Path) -> None:
    if host_platform() == "macos":
        pytest.skip("an export for macOS is an archive")
    try:
        find_template(find_engine(install=False), install=False)
    except EngineNotFoundError as error:
        pytest.skip(str(error))
    exported = export_game(
        ExportRequest(game, tmp_path / "build", name="coin_collector"), install=False
    )
    code, output = play([exported.path], "--demo")
    assert code == 0, output
    assert re.search(r"^won [0-3] of 3$", output, re.M), output
    assert "ERROR" not in output
