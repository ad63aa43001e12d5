"""In-engine evaluation against a script that stands in for the engine."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError, EngineTimeoutError, HarnessError, UsageError
from rl_training.play.in_engine import play_in_engine
from rl_training.runs.seeds import episode_seed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")

_PLAYER = """
options = dict(a[2:].split("=", 1) for a in sys.argv[1:] if a.startswith("--") and "=" in a)
first, arenas = int(options["arena_offset"]), int(options["arenas"])
total, wanted = int(options["arena_total"]), int(options["episodes"])
seed = int(options["env_seed"])
rows = []
for agent in range(first, first + arenas):
    for index in range(agent, wanted, total):
        rows.append({"episode": index, "seed": episode_seed(seed, index), "agent": agent,
                     "return": index * 2.0, "decisions": 10, "ticks": 90, "terminated": True,
                     "truncated": False, "info": {"is_success": True, "metrics": {"hits": index}}})
report = {"format": 1, "engine": "4.6", "episodes": rows, "options": options}
"""


def _game(folder: Path, change: str = "", write: bool = True, addon: bool = True) -> str:
    """Make an exported game that plays, spoiled by the statements of `change`."""
    path = folder / "game.x86_64"
    root = Path(__file__).parents[3]
    path.write_text(
        f"#!{sys.executable}\nimport json, sys, time\nsys.path.insert(0, {str(root)!r})\n"
        f"from rl_training.runs.seeds import episode_seed\n{_PLAYER}\n{change}\n"
        + ("json.dump(report, open(options['report'], 'w'))\n" if write else "")
    )
    path.chmod(0o755)
    if addon:
        path.with_suffix(".pck").write_bytes(b"GDPC res://addons/godot_rl/sync.gdc")
    return str(path)


def _settings(game: str, **changes: Any) -> EnvSettings:
    options = {"num_envs": 2, "arenas": 3, "isolation": "worlds", "seed": 5, **changes}
    return EnvSettings(env_path=game, **options)


def test_engines_share_the_episodes(tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_text("x")
    result = play_in_engine(model, _settings(_game(tmp_path)), episodes=20, limit_s=30)
    assert [episode.index for episode in result.episodes] == list(range(20))
    assert result.engine == "4.6"
    assert result.episodes[7].episode_return == 14.0
    assert result.episodes[7].metrics == {"hits": 7.0}
    assert result.episodes[7].seed == episode_seed(5, 7)


def test_progress_of_all_engines_is_told_while_they_play(tmp_path: Path) -> None:
    """It showed "0 %", then nothing until 100 %."""
    model = tmp_path / "m.onnx"
    model.write_text("x")
    # An engine goes on once it was heard, so that no line comes too late to be told.
    heard = tmp_path / "heard"
    game = _game(
        tmp_path,
        "import os\n"
        "print('godot_rl: played 2 of 10 episodes', flush=True)\n"
        f"while not os.path.exists({str(heard)!r}): time.sleep(0.01)",
    )
    counts: list[int] = []

    def on_count(count: int) -> None:
        counts.append(count)
        if count == 4:
            heard.touch()

    play_in_engine(model, _settings(game), episodes=20, limit_s=30, on_count=on_count)
    assert counts == [2, 4]


def test_the_engine_is_told_what_to_play(tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_text("x")
    seen = tmp_path / "seen.json"
    game = _game(tmp_path, f"json.dump(sys.argv[1:], open({str(seen)!r}, 'w'))")
    play_in_engine(model, _settings(game, num_envs=1, action_repeat=9), episodes=4, limit_s=30)
    arguments = json.loads(seen.read_text())
    assert {
        *("--headless", "--episodes=4", "--env_seed=5", "--arenas=3", "--isolation=worlds"),
        *("--action_repeat=9", "--arena_offset=0", "--arena_total=3", f"--onnx_model={model}"),
    } <= set(arguments)
    assert not any(argument.startswith("--port") for argument in arguments)
    report = next(a for a in arguments if a.startswith("--report="))
    assert os.path.isabs(report.removeprefix("--report="))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ("print('ERROR: no'); sys.exit(3)", EngineDiedError, "exited with code 3.*ERROR: no"),
        ("sys.exit(0)", EngineDiedError, "ended without writing its report"),
        ("report['format'] = 2", EngineDiedError, "report of another format"),
        ("rows.pop()", EngineDiedError, r"did not play episodes \[14, 17\] of 20"),
        ("del rows[0]['return']", EngineDiedError, "bad episode"),
        ("rows[0]['seed'] += 1", HarnessError, "of different versions"),
    ],
)
def test_what_goes_wrong_is_said(
    tmp_path: Path, change: str, error: type[HarnessError], message: str
) -> None:
    model = tmp_path / "m.onnx"
    model.write_text("x")
    with pytest.raises(error, match=message):
        play_in_engine(model, _settings(_game(tmp_path, change)), episodes=20, limit_s=30)


def test_it_is_bounded_in_time(tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_text("x")
    game = _game(tmp_path, "time.sleep(60)")
    with pytest.raises(EngineTimeoutError, match="did not finish its episodes within 1 s"):
        play_in_engine(model, _settings(game), episodes=20, limit_s=1)


def test_a_report_cut_off_is_said(tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_text("x")
    game = _game(tmp_path, "open(options['report'], 'w').write('{\"form')", write=False)
    with pytest.raises(EngineDiedError, match="not JSON"):
        play_in_engine(model, _settings(game), episodes=20, limit_s=30)


def test_the_stock_plugin_cannot_play_alone(tmp_path: Path) -> None:
    settings = _settings(_game(tmp_path, addon=False), arenas=None)
    with pytest.raises(UsageError, match="needs a game with addons/godot_rl"):
        play_in_engine(tmp_path / "m.onnx", settings, episodes=1, limit_s=5)


_ERRORS = """
for _ in range(3):
    print("SCRIPT ERROR: Cannot call method 'hit' on a null value.")
    print("   at: _on_hit (res://enemy.gd:7)")
print("WARNING: godot_rl: odd\\n   at: push_warning (core/variant/variant_utility.cpp:1034)")
"""


def test_script_errors_are_seen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The game goes on after them, perhaps easier: they must not stay in a log nobody reads."""
    model = tmp_path / "m.onnx"
    model.write_text("x")
    result = play_in_engine(model, _settings(_game(tmp_path, _ERRORS)), episodes=20, limit_s=30)
    errors = result.messages.script_errors
    assert (errors.count, errors.messages[0].count) == (6, 6)  # of two engines
    assert errors.first.endswith("on a null value. at: _on_hit (res://enemy.gd:7)")
    assert result.messages.warnings.count == 2
    assert caplog.text.count("_on_hit") == 1
    assert caplog.text.count("godot_rl: odd") == 1
