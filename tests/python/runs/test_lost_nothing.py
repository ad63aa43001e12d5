"""A kill at any moment and a full disk leave the last checkpoint as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.errors import StorageError
from rl_training.runs.atomic import remove_temporaries, write_text
from rl_training.runs.paths import RunPaths
from tests.python.tiny_env import tiny_model

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")

KILLS = 50

# One process imports torch once; each of its children saves without pause until it is killed.
PROGRAM = """
import os, random, signal, sys, time
from pathlib import Path
import torch
from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.runs.paths import RunPaths
from tests.python.tiny_env import tiny_model

torch.set_num_threads(1)
paths = RunPaths("killed", Path(sys.argv[1]))
model, env = tiny_model()
normaliser, meta = Normaliser.of(env), CheckpointMeta()
generator = random.Random(5)
save_checkpoint(paths.step_model(1), model, normaliser, meta)
done, half_written = 1, 0
for kill in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        step = done
        while True:
            step += 1
            save_checkpoint(paths.step_model(step), model, normaliser, meta)
    # Every other kill meets a save that is under way, the rest come after one that is done.
    while True:
        if kill % 2 and list(paths.models.glob(".*.tmp")):
            break
        if not kill % 2 and paths.step_model(done + 1).exists():
            break
        time.sleep(0.0005)
    time.sleep(generator.uniform(0.0, 0.002))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    half_written += len(list(paths.models.glob(".*.tmp")))
    newest = paths.resume_point()
    done = int(newest.stem.rsplit("_", 1)[1])
    load_checkpoint(newest)
    for temporary in paths.models.glob(".*.tmp"):
        temporary.unlink()
print(done, half_written)
"""


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Let the system refuse writes beyond a size, as a full disk does."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_fifty_kills_at_random_moments(tmp_path: Path, repository: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(KILLS)],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )
    assert result.returncode == 0, result.stderr
    saved, half_written = map(int, result.stdout.split())
    # Kills met finished saves and unfinished ones, or nothing was tested.
    assert saved >= KILLS / 2
    assert half_written > 0


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    path = RunPaths("full", tmp_path).step_model(1)
    model, env = tiny_model()
    normaliser, meta = Normaliser.of(env), CheckpointMeta()
    save_checkpoint(path, model, normaliser, meta)
    before = path.read_bytes()
    with (
        no_file_larger_than(10_000),
        pytest.raises(StorageError, match=r"cannot write .*full_step_1\.zip: .* make room"),
    ):
        save_checkpoint(path, model, normaliser, meta)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    load_checkpoint(path)


def test_half_written_files_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    for name in (".walk_step_1.zip.ab12.tmp", ".other_final.zip.cd34.tmp", "walk_final.zip"):
        (tmp_path / name).touch()
    assert remove_temporaries(tmp_path, "walk") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".other_final.zip.cd34.tmp",
        "walk_final.zip",
    ]


def test_text_on_a_full_disk(tmp_path: Path) -> None:
    write_text(tmp_path / "a.json", "old")
    with no_file_larger_than(100), pytest.raises(StorageError, match="File too large"):
        write_text(tmp_path / "a.json", "x" * 1000)
    assert (tmp_path / "a.json").read_text() == "old"
