"""What a watcher of a world is told: `top_view`, and the files of a run that is watched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rl_training.runs.live_view import LiveReader, arena_file, wish
from rl_training.runs.paths import RunPaths
from rl_training.scenarios.lunabotics import LunaboticsVecEnv
from tests.python.scenarios.lunabotics.test_runs import run


def test_every_thing_has_its_place() -> None:
    env = LunaboticsVecEnv(3, seed=5, parameters={"num_rocks": 2, "num_orbs": 4})
    env.reset()
    nodes, told = env.live_nodes(1), env.live_places(1)
    names = [node[0].partition(" ")[0] for node in nodes]
    assert names[:2] == ["Rover", "Field"]
    assert [names.count(each) for each in ("Crater", "Rock", "Orb")] == [2, 2, 4]
    at = np.array(told["at"]).reshape(len(nodes), 4)
    state = env.world.state
    assert told["episode"] == 1
    assert at[0] == pytest.approx([state.x[1], state.y[1], state.angle[1], 0.0], abs=1e-3)
    assert at[1, :2] == pytest.approx([3.4, 2.5])  # the middle of the field
    assert nodes[1][3:] == [5.0, 6.8]
    first_rock = names.index("Rock")
    assert at[first_rock, :2] == pytest.approx(state.obstacles[:2, 2, 1], abs=1e-3)
    assert nodes[first_rock][3] == pytest.approx(2 * state.obstacles[2, 2, 1], abs=1e-3)
    assert at[names.index("Orb"), :2] == pytest.approx(state.orbs[:, 0, 1], abs=1e-3)


def test_an_orb_that_is_dug_out_is_gone() -> None:
    env = LunaboticsVecEnv(1, seed=5, parameters={"num_orbs": 2, "num_rocks": 0})
    env.reset()
    state = env.world.state
    state.x[:], state.y[:] = state.orbs[0, 0], state.orbs[1, 0]
    env.step(np.array([[0.0, 0.0, 1.0]], np.float32))
    told = env.live_places(0)
    first_orb = [node[0] for node in env.live_nodes(0)].index("Orb 0")
    assert told["at"][4 * first_orb] is None
    assert told["at"][4 * first_orb + 4] is not None
    assert told["decisions"] == 1


def test_a_training_tells_who_watches_it(tmp_path: Path) -> None:
    paths = RunPaths("lunabotics", tmp_path)
    run(tmp_path, 256)
    wish(paths, [3, 99], lease_s=600.0)  # there are 16 worlds
    run(tmp_path, 512, resume=True)
    nodes, places = LiveReader(arena_file(paths, 3)).take()
    assert nodes[0][0] == "Rover"
    assert places[0]["arena"] == 3
    assert not arena_file(paths, 99).exists()
