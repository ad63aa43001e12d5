"""`spacetime-rl data`: every command, its mistakes, and a collection on the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rl_training.commands.main import run as spacetime_rl
from rl_training.data import TrajectoryStore, create_synthetic_dataset, save_trajectories
from tests.python.data.test_trajectory import made

Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(capsys: pytest.CaptureFixture[str]) -> Told:
    def call(*words: object) -> tuple[int, str, str]:
        code = spacetime_rl(["data", *map(str, words)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "expert.traj"
    save_trajectories(path, create_synthetic_dataset(20, 4, 2))
    return path


def test_show_tells_and_draws(data: Told, file: Path, tmp_path: Path) -> None:
    picture = tmp_path / "expert.png"
    code, out, err = data("show", file, "--output", picture)
    assert code == 0, err
    assert "20 episodes" in out
    assert "obs (4,) float32; actions (2,) float32" in out
    assert "obs[2]" in out
    assert "action[1]" in out
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, out, _ = data("show", file, "--json")
    told = json.loads(out)
    assert told["episodes"] == 20
    assert told["successes"]["known"] == 20
    with TrajectoryStore(file) as store:
        assert told["decisions"] == sum(store.lengths)
        returns = [one.episode_return for one in store]
    assert told["returns"]["mean"] == pytest.approx(np.mean(returns))


def test_check_passes_and_fails(data: Told, file: Path, tmp_path: Path) -> None:
    assert data("check", file)[0] == 0
    bad = tmp_path / "bad.jsonl"
    bad.write_text("not json\n")
    jump = tmp_path / "jump.traj"
    times = np.array([0.0, 0.1, 0.2, 9.0, 9.1])
    save_trajectories(jump, [made(times=times), made(times=times)])
    code, out, _ = data("check", file, bad, jump)
    assert code == 1
    lines = out.splitlines()
    assert any("line 1 is no JSON" in line for line in lines)
    assert any("2 forms: 20 with obs (4,) float32; actions (2,)" in line for line in lines)
    assert any("trajectory 20: the clock jumps ahead by 8.800 s" in line for line in lines)
    assert any("trajectory 21 is the same as number 20" in line for line in lines)
    assert "22 episodes" in lines[-1]


def test_split(data: Told, file: Path, tmp_path: Path) -> None:
    code, _, err = data("split", file, "--output", tmp_path / "part.traj", "--share", "0.8")
    assert code == 0, err
    with (
        TrajectoryStore(tmp_path / "part_train.traj") as train,
        TrajectoryStore(tmp_path / "part_validation.traj") as validation,
    ):
        assert (len(train), len(validation)) == (16, 4)
        numbers = [one.meta["episode"] for one in (*train, *validation)]
    assert sorted(numbers) == list(range(20))
    code, _, err = data("split", file, "--output", tmp_path / "part.traj")
    assert code == 2
    assert "exists already" in err
    jump = tmp_path / "jump.traj"
    save_trajectories(jump, [made(6, times=np.array([0.0, 0.1, 0.2, 9.0, 9.1, 9.2, 9.3]))])
    assert data("split", jump, "--by", "clock", "--output", tmp_path / "calm")[0] == 0
    with TrajectoryStore(tmp_path / "calm_split.traj") as store:
        assert store.lengths == [2, 3]
    other = tmp_path / "other.traj"
    save_trajectories(other, [made()])
    assert data("split", file, other, "--by", "form", "--output", tmp_path / "f")[0] == 0
    with TrajectoryStore(tmp_path / "f_form1.traj") as store:
        assert len(store) == 1
    assert data("split", file, "--by", "success", "--output", tmp_path / "s")[0] == 0
    assert (tmp_path / "s_success.traj").exists()


def test_convert(data: Told, file: Path, tmp_path: Path) -> None:
    pytest.importorskip("rosbags")
    assert data("convert", file, "--output", tmp_path / "demos.jsonl")[0] == 0
    bag = tmp_path / "bag"
    code, out, err = data("convert", tmp_path / "demos.jsonl", "--output", bag, "--format", "mcap")
    assert code == 0, err
    topics = out.split("--topics ")[1].rstrip(")\n")
    back = tmp_path / "back.traj"
    assert data("convert", bag, "--topics", topics, "--output", back)[0] == 0
    with TrajectoryStore(file) as first, TrajectoryStore(back) as last:
        assert first.lengths == last.lengths
        np.testing.assert_array_equal(first[7].actions, last[7].actions)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "none.traj"), "there is no file at none.traj"),
        (("check", "{file}", "--jsn"), "--json"),
        (("split", "{file}", "--output", "x", "--share", "2"), "--share must lie between 0 and 1"),
        (("convert", "{file}", "--output", "folder"), "give --format"),
        (("convert", "{file}", "--output", "{file}"), "exists already"),
        (("convert", "{file}", "--output", "x.traj", "--topics", "none.yaml"), "cannot read"),
        (("collect",), "the following arguments are required: --output"),
        (("collect", "--output", "{file}"), "exists: go on with resume"),
        (("colect",), "Did you mean 'collect'?"),
    ],
)
def test_mistakes_are_one_line(
    data: Told, file: Path, words: tuple[str, ...], message: str
) -> None:
    code, _, err = data(*(word.format(file=file) for word in words))
    assert code == 2
    last = err.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert message in last


@pytest.mark.engine
def test_collect_on_the_real_engine(data: Told, tmp_path: Path) -> None:
    path = tmp_path / "played.traj"
    words = ("collect", "--output", path, "--num_envs", 2, "--arenas", 4)
    code, out, err = data(*words, "--episodes", 4, "--parameter", "obstacles=1")
    assert code == 0, err
    assert "collected 4 episodes" in out
    code, out, err = data(*words, "--episodes", 6, "--resume", "--isolation", "worlds")
    assert code == 0, err
    with TrajectoryStore(path) as store:
        assert len(store) == 6
        one = store[0]
        assert one.meta["scenario"] == "vr_locomotion"
        assert one.success is not None
        assert one.seed is not None
        assert len({each.seed for each in store}) == 6
