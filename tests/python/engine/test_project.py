from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from rl_training.engine.binary import EngineBinary
from rl_training.engine.find import find_engine
from rl_training.engine.project import ensure_imported, find_script_errors
from rl_training.errors import EngineTimeoutError, ProjectError
from tests.python.engine.conftest import FakeGodot, calls

PARSE_ERROR = """SCRIPT ERROR: Parse Error: Could not find type "Foo" in the current scope.
          at: GDScript::reload (res://player.gd:5)
ERROR: Failed to load script "res://player.gd" with error "Parse error".
   at: load (modules/gdscript/gdscript.cpp:3041)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with a script, a scene, and a folder that Godot must ignore."""
    folder = tmp_path / "game"
    (folder / "ignored").mkdir(parents=True)
    (folder / "ignored/.gdignore").write_text("")
    (folder / "ignored/tool.gd").write_text("class_name Tool\n")
    (folder / "project.godot").write_text("config_version=5\n")
    (folder / "player.gd").write_text("class_name Player\nextends Node\n\nvar speed: float = 1.0\n")
    (folder / "main.tscn").write_text('[gd_scene format=3]\n[node name="Main" type="Node"]\n')
    return folder


@pytest.fixture
def engine(
    empty_machine: Path, fake_godot: FakeGodot, project: Path, tmp_path: Path
) -> EngineBinary:
    path = fake_godot(
        tmp_path / "godot",
        body=f"mkdir -p {project}/.godot; touch {project}/.godot/global_script_class_cache.cfg",
    )
    return EngineBinary(path, (4, 6, 3), "test")


def edit(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 5_000_000_000))


def test_imports_once(engine: EngineBinary, project: Path) -> None:
    assert ensure_imported(engine, project).imported
    started = time.perf_counter()
    assert not ensure_imported(engine, str(project)).imported
    assert time.perf_counter() - started < 0.1
    assert calls(engine.path) == [f"--headless --path {project} --import"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("player.gd", "class_name Hero\nextends Node\n"),
        ("player.gd", "class_name Player\nextends Node3D\n"),
        ("new.gd", "extends Node\n"),
        ("new.tscn", "[gd_scene format=3]\n"),
        ("icon.svg", "<svg/>"),
        ("project.godot", "config_version=5\n[autoload]\n"),
    ],
)
def test_what_the_import_reads_calls_for_another(
    engine: EngineBinary, project: Path, name: str, text: str
) -> None:
    ensure_imported(engine, project)
    edit(project / name, text)
    assert ensure_imported(engine, project).imported
    assert not ensure_imported(engine, project).imported


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("player.gd", "class_name Player\nextends Node\n\nvar speed: float = 2.0\n"),
        ("main.tscn", "[gd_scene format=3]\n"),
        ("ignored/tool.gd", "class_name Other\n"),
        ("notes.txt", "text"),
    ],
)
def test_bodies_and_foreign_files_do_not(
    engine: EngineBinary, project: Path, name: str, text: str
) -> None:
    ensure_imported(engine, project)
    edit(project / name, text)
    assert not ensure_imported(engine, project).imported


def test_a_removed_file_a_lost_cache_and_another_engine_do(
    engine: EngineBinary, project: Path
) -> None:
    ensure_imported(engine, project)
    (project / "player.gd").unlink()
    assert ensure_imported(engine, project).imported
    (project / ".godot/global_script_class_cache.cfg").unlink()
    assert ensure_imported(engine, project).imported
    newer = EngineBinary(engine.path, (4, 7, 0), "test")
    assert ensure_imported(newer, project).imported
    (project / ".godot/spacetime_rl_import.json").write_text("damaged")
    assert ensure_imported(newer, project).imported


def test_launches_in_parallel_import_once(engine: EngineBinary, project: Path) -> None:
    engine.path.write_text(engine.path.read_text().replace("mkdir", "sleep 0.3; mkdir"))
    threads = [threading.Thread(target=ensure_imported, args=(engine, project)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(calls(engine.path)) == 1


def test_errors_of_the_first_import_alone_do_not_count(
    engine: EngineBinary, project: Path, fake_godot: FakeGodot
) -> None:
    state = project / ".godot"
    fake_godot(
        engine.path,
        body=f"if [ -e {state}/global_script_class_cache.cfg ]; then exit 0; fi\n"
        f"mkdir -p {state}; touch {state}/global_script_class_cache.cfg\n"
        f"cat <<'END'\n{PARSE_ERROR}END",
    )
    assert ensure_imported(engine, project).imported
    assert len(calls(engine.path)) == 2


def test_a_script_that_does_not_compile_is_named_each_time(
    engine: EngineBinary, project: Path, fake_godot: FakeGodot
) -> None:
    fake_godot(engine.path, body=f"cat <<'END'\n{PARSE_ERROR}END")
    for _ in range(2):
        with pytest.raises(
            ProjectError,
            match=r'do not compile: res://player\.gd:5: Parse Error: .*"Foo".*\(and 1 more\)',
        ):
            ensure_imported(engine, project)
    assert len(calls(engine.path)) == 4


def test_an_import_that_fails_or_hangs(
    engine: EngineBinary, project: Path, fake_godot: FakeGodot
) -> None:
    fake_godot(engine.path, body="echo 'no such option'; exit 3")
    with pytest.raises(ProjectError, match="ended with code 3: no such option"):
        ensure_imported(engine, project)
    fake_godot(engine.path, body="echo 'deep in thought'; sleep 60")
    started = time.monotonic()
    with pytest.raises(EngineTimeoutError, match=r"did not end within 1 s.*deep in thought"):
        ensure_imported(engine, project, timeout_s=1.0)
    assert time.monotonic() - started < 10


def test_a_folder_without_a_project(engine: EngineBinary, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"holds no project\.godot"):
        ensure_imported(engine, tmp_path / "elsewhere")


def test_errors_are_read_with_their_places() -> None:
    assert find_script_errors(PARSE_ERROR * 2) == [
        'res://player.gd:5: Parse Error: Could not find type "Foo" in the current scope.',
        'unknown place: Failed to load script "res://player.gd" with error "Parse error".',
    ]
    assert (
        find_script_errors("WARNING: nothing\nERROR: Condition failed\n   at: x (y.cpp:1)\n") == []
    )


@pytest.mark.engine
@pytest.mark.timeout(300)
def test_the_real_engine_imports_a_project_and_finds_its_errors(project: Path) -> None:
    engine = find_engine(install=False)
    assert ensure_imported(engine, project).imported
    cache = (project / ".godot/global_script_class_cache.cfg").read_text()
    assert '&"Player"' in cache
    assert "Tool" not in cache
    assert not ensure_imported(engine, project).imported
    edit(project / "hero.gd", "class_name Hero\nextends Player\n")
    edit(project / "project.godot", 'config_version=5\n[autoload]\nA="*res://bad.gd"\n')
    edit(project / "bad.gd", "extends Node\nvar x: Nonsense\n")
    with pytest.raises(ProjectError, match=r"res://bad\.gd:2: Parse Error: .*Nonsense"):
        ensure_imported(engine, project)
    assert '&"Hero"' in (project / ".godot/global_script_class_cache.cfg").read_text()
