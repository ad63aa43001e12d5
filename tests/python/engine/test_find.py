from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.engine import find
from rl_training.engine.cache import Installation, Manifest, engines_dir
from rl_training.engine.find import find_engine
from rl_training.engine.install import InstallReport
from rl_training.errors import EngineNotFoundError, EngineVersionError
from tests.python.engine.conftest import FakeGodot


def put_into_cache(
    fake_godot: FakeGodot,
    name: str = "godot-official",
    answer: str = "4.6.3.stable.x",
    at: str = "1",
) -> Path:
    root = engines_dir() / name
    engine = fake_godot(root / "Godot_linux.x86_64", answer)
    files = {"editor": engine.name}
    Manifest("official", "4.6.3", files, installed_at=at).write(root)
    return engine


def test_the_order(
    empty_machine: Path, fake_godot: FakeGodot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = put_into_cache(fake_godot)
    assert find_engine(install=False).path == cached
    assert find_engine(install=False).source == "cache (official)"
    godot4 = fake_godot(empty_machine / "godot4")
    assert find_engine(install=False).path == godot4
    godot = fake_godot(empty_machine / "godot")
    found = find_engine(install=False)
    assert (found.path, found.source, found.version) == (godot, "PATH", (4, 6, 3))
    by_variable = fake_godot(tmp_path / "mine")
    monkeypatch.setenv("GODOT_BIN", str(by_variable))
    assert find_engine(install=False).source == "GODOT_BIN"
    asked = fake_godot(tmp_path / "asked")
    found = find_engine(str(asked))
    assert (found.path, found.source) == (asked, "--godot")


def test_a_relative_path_becomes_absolute(
    empty_machine: Path, fake_godot: FakeGodot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_godot(tmp_path / "bin" / "mine")
    monkeypatch.chdir(tmp_path)
    assert find_engine("bin/mine").path == tmp_path / "bin" / "mine"
    fake_godot(empty_machine / "godot-custom")
    assert find_engine("godot-custom").path == empty_machine / "godot-custom"


def test_what_was_asked_for_must_fit(
    empty_machine: Path, fake_godot: FakeGodot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_into_cache(fake_godot)
    old = fake_godot(tmp_path / "old", "3.5.3.stable.official")
    with pytest.raises(EngineVersionError, match=r"old is Godot 3\.5\.3"):
        find_engine(str(old))
    monkeypatch.setenv("GODOT_BIN", str(tmp_path / "missing"))
    with pytest.raises(EngineNotFoundError, match=r"GODOT_BIN: .*missing is not there"):
        find_engine()
    with pytest.raises(EngineNotFoundError, match=r"--godot: .* is a folder, not an engine"):
        find_engine(str(tmp_path))
    (tmp_path / "plain").write_text("")
    with pytest.raises(EngineNotFoundError, match=r"is not executable: chmod \+x"):
        find_engine(str(tmp_path / "plain"))


def test_an_old_engine_on_path_is_passed_over(empty_machine: Path, fake_godot: FakeGodot) -> None:
    fake_godot(empty_machine / "godot", "3.5.3.stable.official")
    with pytest.raises(EngineNotFoundError, match=r"passed over: .*is Godot 3\.5\.3"):
        find_engine(install=False)
    cached = put_into_cache(fake_godot)
    assert find_engine(install=False).path == cached


def test_the_engine_installed_last_wins(empty_machine: Path, fake_godot: FakeGodot) -> None:
    put_into_cache(fake_godot, "godot-a", at="2026-01-01")
    newer = put_into_cache(fake_godot, "godot-b", at="2026-02-01")
    assert find_engine(install=False).path == newer


def test_nothing_found_and_nothing_installed(empty_machine: Path) -> None:
    with pytest.raises(EngineNotFoundError, match=r"no Godot engine found.*GODOT_BIN.*install"):
        find_engine(install=False)


def test_what_is_missing_is_installed(
    empty_machine: Path, fake_godot: FakeGodot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake_install() -> InstallReport:
        engine = put_into_cache(fake_godot)
        manifest = Manifest("official", "4.6.3", {"editor": engine.name})
        return InstallReport(Installation(engine.parent, manifest), reused=False)

    monkeypatch.setattr(find, "install_engine", fake_install)
    assert find_engine().source == "cache (official)"


def test_a_broken_cache_is_not_used(empty_machine: Path, fake_godot: FakeGodot) -> None:
    engine = put_into_cache(fake_godot)
    engine.unlink()
    with pytest.raises(EngineNotFoundError):
        find_engine(install=False)
    (engine.parent / "manifest.json").write_text("{}")
    with pytest.raises(EngineNotFoundError):
        find_engine(install=False)
