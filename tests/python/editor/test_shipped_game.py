"""The plugin in real imports and exports: it keeps the autoload, and a release game small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training.engine import EngineBinary, ensure_imported, find_engine, find_template
from rl_training.engine.commands import run_command
from rl_training.engine.template import host_platform
from rl_training.envs.game import setting
from rl_training.errors import EngineNotFoundError
from rl_training.game_export.presets import Preset, presets_text
from tests.python.editor.small_game import write_small_game

# Files as the package lists them; a script's own name also stands in the cache of ids.
EDITOR_ONLY = (
    "addons/godot_rl/plugin.gdc",
    "addons/godot_rl/editor/scene_watch.gdc",
    "addons/godot_rl/icons/sync.svg.import",
)
TRAINING_ONLY = (
    "addons/godot_rl/demos/demo_writer.gdc",
    "addons/godot_rl/replay/flight_recorder.gdc",
    "addons/godot_rl/policies/remote_policy.gdc",
    "addons/godot_rl/policies/random_policy.gdc",
    "addons/godot_rl/wire/binary_codec.gdc",
    "addons/godot_rl/inference/run_onnx_file.gdc",
)
PLAYING = (
    "addons/godot_rl/sync.gdc",
    "addons/godot_rl/policies/onnx_policy.gdc",
    "addons/godot_rl/inference/onnx_model.gdc",
)

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def engine() -> EngineBinary:
    return find_engine(install=False)


@pytest.fixture(scope="module")
def project(
    engine: EngineBinary, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The small game after its first import."""
    folder = write_small_game(repository, tmp_path_factory.mktemp("small"))
    ensure_imported(engine, folder)
    return folder


@pytest.fixture
def export(engine: EngineBinary, project: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Return a maker of release games: `export(text to add to project.godot)`."""
    if host_platform() == "macos":
        pytest.skip("an export for macOS is an archive")
    try:
        template = find_template(engine, host_platform(), install=False)
    except EngineNotFoundError as error:
        pytest.skip(str(error))
    preset = Preset(host_platform(), template=template.path)

    def make(settings: str) -> Path:
        file = project / "project.godot"
        before = file.read_text()
        (project / "export_presets.cfg").write_text(presets_text([preset]))
        file.write_text(before + settings)
        game = tmp_path / preset.file_name
        try:
            result = run_command(
                [
                    *(engine.path, "--headless", "--path", project),
                    *("--export-release", preset.title, game),
                ],
                timeout_s=600.0,
            )
        finally:
            file.write_text(before)
        assert game.is_file(), result.output
        return game

    return make


def test_an_import_adds_the_missing_autoload(project: Path) -> None:
    text = (project / "project.godot").read_text()
    assert setting(text, "autoload", "GodotRLAgentsSync") is not None, text


def test_the_settings_defaults_are_not_written(project: Path) -> None:
    assert "[godot_rl]" not in (project / "project.godot").read_text()


def test_a_release_game_carries_what_plays_and_runs(export: Callable[[str], Path]) -> None:
    game = export("")
    assert paths_in(game, EDITOR_ONLY + TRAINING_ONLY) == []
    assert paths_in(game, PLAYING) == list(PLAYING)
    result = run_command([game, "--headless", "--quit-after", "30"], timeout_s=120.0)
    assert result.returncode == 0, result.output
    assert "ERROR" not in result.output, result.output


def test_a_game_that_takes_arguments_carries_training_too(export: Callable[[str], Path]) -> None:
    game = export("\n[godot_rl]\n\nlaunch_arguments_in_release=true\n")
    assert paths_in(game, EDITOR_ONLY) == []
    assert paths_in(game, TRAINING_ONLY + PLAYING) == list(TRAINING_ONLY + PLAYING)


def paths_in(game: Path, parts: tuple[str, ...]) -> list[str]:
    """Those of the paths that the package inside the game lists."""
    data = game.read_bytes()
    # The package stands behind the engine, whose own texts name none of these.
    return [part for part in parts if part.encode() in data]
