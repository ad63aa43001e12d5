from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from rl_training.engine.binary import check_version, read_version
from rl_training.errors import EngineVersionError
from tests.python.engine.conftest import FakeGodot, calls

pytestmark = pytest.mark.usefixtures("empty_machine")


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("4.6.3.stable.debian4.6.3+ds-2", (4, 6, 3)),
        ("4.5.stable.official.876b29033", (4, 5, 0)),
        ("4.6.1.rc2.official.abc", (4, 6, 1)),
        ("4.7.dev3.custom_build", (4, 7, 0)),
        ("3.6.2.stable.official", (3, 6, 2)),
    ],
)
def test_versions_are_read(
    fake_godot: FakeGodot, tmp_path: Path, answer: str, version: tuple[int, int, int]
) -> None:
    assert read_version(fake_godot(tmp_path / "godot", answer)) == version


def test_noise_before_the_version_is_skipped(fake_godot: FakeGodot, tmp_path: Path) -> None:
    engine = fake_godot(tmp_path / "godot", body="echo 'libEGL warning: 1.2 something' >&2")
    assert read_version(engine) == (4, 6, 3)


def test_the_answer_is_remembered_until_the_file_changes(
    fake_godot: FakeGodot, tmp_path: Path
) -> None:
    engine = fake_godot(tmp_path / "godot", "4.5.1.stable.official")
    assert read_version(engine) == (4, 5, 1)
    assert read_version(engine) == (4, 5, 1)
    assert len(calls(engine)) == 1
    fake_godot(engine, "4.6.0.stable.official.longer")
    assert read_version(engine) == (4, 6, 0)
    os.utime(engine, ns=(1, 1))
    read_version(engine)
    assert len(calls(engine)) == 3


def test_a_cache_that_is_damaged_or_not_writable_is_no_obstacle(
    fake_godot: FakeGodot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = fake_godot(tmp_path / "godot")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "versions.json").write_text("{ damaged")
    assert read_version(engine) == (4, 6, 3)
    (tmp_path / "a_file").write_text("")
    monkeypatch.setenv("SPACETIME_RL_CACHE", str(tmp_path / "a_file" / "below"))
    assert read_version(engine) == (4, 6, 3)


def test_a_program_that_is_not_godot(fake_godot: FakeGodot, tmp_path: Path) -> None:
    engine = fake_godot(tmp_path / "godot", "ls (GNU coreutils) 9.1")
    with pytest.raises(EngineVersionError, match=r"is not a Godot engine.*coreutils"):
        read_version(engine)


def test_a_program_that_hangs_is_given_up(fake_godot: FakeGodot, tmp_path: Path) -> None:
    engine = fake_godot(tmp_path / "godot", body="sleep 60")
    started = time.monotonic()
    with pytest.raises(EngineVersionError, match="gave no version within 1 s"):
        read_version(engine, timeout_s=1.0)
    assert time.monotonic() - started < 10


def test_a_file_that_cannot_run(tmp_path: Path) -> None:
    broken = tmp_path / "godot"
    broken.write_bytes(b"\x7fELF broken")
    broken.chmod(0o755)
    with pytest.raises(EngineVersionError, match="does not start"):
        read_version(broken)
    with pytest.raises(EngineVersionError, match="No such file"):
        read_version(tmp_path / "nowhere")


def test_old_engines_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineVersionError, match=r"is Godot 4\.4\.1, but 4\.5 or newer is needed"):
        check_version(tmp_path, (4, 4, 1))
    check_version(tmp_path, (4, 5, 0))
    check_version(tmp_path, (5, 0, 0))
