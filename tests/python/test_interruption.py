"""Ctrl-C at any moment of a run's start: a word, an exit code of its own, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training.runs.lock import run_lock
from rl_training.runs.paths import RunPaths
from tests.python.conftest import REPOSITORY

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]
TRAIN = REPOSITORY / "rl_training" / "train_vr_locomotion.py"

# Ends the process when the named module begins to be imported, as Ctrl-C would in its middle.
AT_IMPORT = """
import os, runpy, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), {number})
        return None
sys.meta_path.insert(0, Finder())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Running:
    """A training in a process of its own, whose every line of stderr is kept."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.lines: list[str] = []
        self._seen = threading.Condition()
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(folder)},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, starts: str) -> None:
        """Wait until a line begins so."""
        with self._seen:
            found = self._seen.wait_for(
                lambda: any(line.startswith(starts) for line in self.lines), timeout=100
            )
        if not found:
            self._process.kill()
            raise AssertionError(self.end())

    def signal(self, number: signal.Signals) -> None:
        """As a terminal does it: to the whole group."""
        os.killpg(self._process.pid, number)

    def end(self) -> tuple[int, str]:
        """Wait for the end; return exit code and all of stderr."""
        try:
            code = self._process.wait(100)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join()
        return code, "".join(self.lines)

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            for line in stream:
                with self._seen:
                    self.lines.append(line)
                    self._seen.notify_all()


def _flags(root: Path) -> list[str]:
    return [
        *(str(TRAIN), "--run_root", str(root), "--num_envs", "1", "--arenas", "2"),
        *("--timesteps", "10000000", "--n_steps", "16", "--no-export_onnx"),
    ]


def _is_clean(code: int, text: str, root: Path, temporary: Path, number: signal.Signals) -> None:
    assert "Traceback" not in text, text
    assert number.name in text, text
    left = [path.name for path in temporary.glob("spacetime_rl*")]
    assert left == [], text
    with run_lock(RunPaths("vr_locomotion", root)):
        pass
    if "stopping, saving and exporting" in text:
        assert code == 0, text
        assert RunPaths("vr_locomotion", root).final_model.is_file()
    else:
        assert code == 128 + number, text
        assert "interrupted" in text


@pytest.fixture
def temporary() -> object:
    """A folder for temporary files of the process, short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="rl_int_") as folder:
        yield Path(folder)


@pytest.mark.parametrize("module", ["numpy", "torch.nn"])
def test_in_the_middle_of_an_import(tmp_path: Path, temporary: Path, module: str) -> None:
    program = AT_IMPORT.format(module=module, number=int(signal.SIGINT))
    running = Running([sys.executable, "-c", program, *_flags(tmp_path)], temporary)
    _is_clean(*running.end(), tmp_path, temporary, signal.SIGINT)


@pytest.mark.parametrize("line", ["physics:", "PPO:", "  0 %"])
def test_after_any_line_of_the_start(tmp_path: Path, temporary: Path, line: str) -> None:
    running = Running([sys.executable, *_flags(tmp_path)], temporary)
    running.wait_for(line)
    running.signal(signal.SIGINT)
    _is_clean(*running.end(), tmp_path, temporary, signal.SIGINT)


def test_sigterm_at_the_start(tmp_path: Path, temporary: Path) -> None:
    running = Running([sys.executable, *_flags(tmp_path)], temporary)
    running.wait_for("physics:")
    running.signal(signal.SIGTERM)
    _is_clean(*running.end(), tmp_path, temporary, signal.SIGTERM)


def _hung_game(folder: Path) -> Path:
    """Make a game that begins an evaluation and never ends it."""
    game = folder / "game.x86_64"
    game.write_text(f"#!/bin/sh\ntouch '{folder}/begun'\nexec sleep 1000\n")
    game.chmod(0o755)
    game.with_suffix(".pck").write_bytes(b"GDPC res://addons/godot_rl/sync.gdc")
    return game


def _until(holds: Callable[[], bool], running: Running) -> None:
    event = threading.Event()
    for _ in range(2000):
        if holds():
            return
        event.wait(0.05)
    raise AssertionError(running.end())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_evaluation_leaves_no_folders(
    tmp_path: Path, temporary: Path, number: signal.Signals
) -> None:
    """SIGTERM left /tmp/spacetime_rl_* behind."""
    game, model = _hung_game(tmp_path), tmp_path / "m.onnx"
    model.write_bytes(b"x")
    script = "; ".join(
        [
            "import sys",
            "from pathlib import Path",
            "from rl_training.cli import run_main",
            "from rl_training.envs.settings import EnvSettings",
            "from rl_training.play.in_engine import play_in_engine",
            "s = EnvSettings(env_path=sys.argv[1], arenas=1)",
            "sys.exit(run_main(lambda: play_in_engine(Path(sys.argv[2]), s, 5, 1000.0)))",
        ]
    )
    running = Running([sys.executable, "-c", script, str(game), str(model)], temporary)
    _until((tmp_path / "begun").exists, running)
    assert list(temporary.glob("spacetime_rl*"))
    running.signal(number)
    code, text = running.end()
    assert code == 128 + number, text
    assert "interrupted" in text
    assert list(temporary.glob("spacetime_rl_*")) == []
