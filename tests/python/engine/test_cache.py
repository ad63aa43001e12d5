from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.engine.cache import Manifest, cache_dir, engines_dir, installations


def test_the_cache_is_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPACETIME_RL_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir() == tmp_path / "own"
    monkeypatch.delenv("SPACETIME_RL_CACHE")
    assert cache_dir() == tmp_path / "xdg" / "spacetime-rl"


@pytest.mark.parametrize(
    ("system", "folder"),
    [
        ("linux", ".cache/spacetime-rl"),
        ("darwin", "Library/Caches/spacetime-rl"),
        ("win32", "AppData/Local/spacetime-rl"),
    ],
)
def test_the_platforms_own_places(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, folder: str
) -> None:
    for name in ("SPACETIME_RL_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", system)
    assert cache_dir() == tmp_path / folder


def test_manifests_are_read_back_and_damaged_ones_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPACETIME_RL_CACHE", str(tmp_path))
    assert installations() == []
    manifest = Manifest("debian", "4.6.3", {"editor": "bin/godot"}, {"godot": "4.6.3"}, 7, {"a": 1})
    whole = engines_dir() / "whole"
    whole.mkdir(parents=True)
    manifest.write(whole)
    for name, text in (("cut", '{"source": '), ("other", '{"foreign": 1}'), ("list", "[]")):
        (engines_dir() / name).mkdir()
        (engines_dir() / name / "manifest.json").write_text(text)
    (engines_dir() / "empty").mkdir()
    [item] = installations()
    assert item.manifest == manifest
    assert item.program("editor") is None
    (whole / "bin").mkdir()
    (whole / "bin/godot").write_text("")
    assert item.program("editor") == whole / "bin/godot"
    assert item.program("template") is None
    assert json.loads((whole / "manifest.json").read_text())["downloaded_bytes"] == 7
