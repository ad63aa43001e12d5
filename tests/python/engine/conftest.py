"""Fixtures for the engine's tests: an empty machine, and scripts that pass for Godot."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FakeGodot = Callable[..., Path]
_TOOLS = ("sh", "sleep", "mkdir", "cat", "touch", "cp", "echo", "dirname", "readlink", "rm")


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No engine anywhere: own cache, own PATH with the shell's tools only, no GODOT_BIN.

    Returns:
        The one folder of PATH.
    """
    if sys.platform == "win32":
        pytest.skip("the fake programs are shell scripts")
    folder = tmp_path / "path"
    folder.mkdir()
    for name in _TOOLS:
        tool = shutil.which(name)
        assert tool is not None
        (folder / name).symlink_to(tool)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("SPACETIME_RL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GODOT_BIN", raising=False)
    return folder


@pytest.fixture
def fake_godot() -> FakeGodot:
    """Return a maker of scripts that answer `--version` and count their starts in `<path>.calls`.

    `fake_godot(path, answer=..., body=...)`: `body` runs before the answer.
    """

    def make(path: Path, answer: str = "4.6.3.stable.official.abc", body: str = "") -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"#!/bin/sh\necho \"$@\" >> '{path}.calls'\n{body}\n"
            f"case \"$*\" in *--version*) echo '{answer}';; esac\n"
        )
        path.chmod(0o755)
        return path

    return make


def calls(path: Path) -> list[str]:
    """The arguments of each start of a fake engine."""
    record = Path(f"{path}.calls")
    return record.read_text().splitlines() if record.exists() else []
