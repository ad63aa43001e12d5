"""The plugin in a running editor without a screen: what it shows, what it does to autoloads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.engine import ensure_imported, find_engine
from rl_training.engine.commands import run_command
from tests.python.editor.small_game import AGENT, write_small_game

PROBE = '[plugin]\n\nname="Probe"\ndescription=""\nauthor=""\nversion="1"\nscript="plugin.gd"\n'

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def seen(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the probe saw."""
    project = write_small_game(repository, tmp_path_factory.mktemp("edited"))
    (project / "agent.gd").write_text(AGENT.replace("begin_episode", "begin_epsiode"))
    (project / "own_sync.gd").write_text("extends Node\n")
    engine = find_engine(install=False)
    ensure_imported(engine, project)
    probe = project / "addons/probe"
    probe.mkdir()
    (probe / "plugin.cfg").write_text(PROBE)
    text = Path(__file__).with_name("probe_plugin.gd").read_text()
    (probe / "plugin.gd").write_text(text)
    settings = project / "project.godot"
    godot_rl = '"res://addons/godot_rl/plugin.cfg"'
    both = f'{godot_rl}, "res://addons/probe/plugin.cfg"'
    settings.write_text(settings.read_text().replace(godot_rl, both))
    # An editor of its own: it must not find the locks and layouts of the user's.
    home = tmp_path_factory.mktemp("home")
    folders = {"XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config")}
    result = run_command(
        [engine.path, "--headless", "--editor", "--path", project],
        timeout_s=600.0,
        environment=folders,
    )
    lines = [line for line in result.output.splitlines() if line.startswith("SEEN ")]
    assert lines, result.output
    seen: dict[str, Any] = json.loads(lines[0].removeprefix("SEEN "))
    return seen


def test_the_inspector_shows_the_misspelt_method(seen: dict[str, Any]) -> None:
    assert "did you mean begin_episode(episode_seed: int)" in seen["inspector"][0]


def test_the_panel_counts_the_problems(seen: dict[str, Any]) -> None:
    assert seen["summary"] == ["Game: 1 problem"]


def test_the_settings_are_registered(seen: dict[str, Any]) -> None:
    assert seen["settings"] is True


def test_the_autoload_goes_with_the_plugin_that_added_it(seen: dict[str, Any]) -> None:
    assert (seen["added"], seen["after_disabling"]) == (True, False)


def test_an_autoload_of_the_users_is_never_touched(seen: dict[str, Any]) -> None:
    assert (seen["own_kept"], seen["own_kept_after_disabling"]) == (True, True)
