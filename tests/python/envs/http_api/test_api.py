"""What the API's calls do: driving, pausing, stepping, scenes, parameters, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rl_training.engine import find_xvfb
from rl_training.envs.http_api import LaunchedEngine, launch_engine
from rl_training.envs.settings import EnvSettings
from rl_training.errors import HttpApiError
from tests.python.envs.http_api.conftest import COUNTER

pytestmark = pytest.mark.engine

ROLLING = "res://tests/godot/fixtures/rolling_arena.tscn"
NO_AGENT = "res://tests/godot/fixtures/no_agent.tscn"
TWO_GROUPS = "res://tests/godot/fixtures/two_groups.tscn"


def refused(call: Any, *args: Any, **kwargs: Any) -> tuple[int, str]:
    with pytest.raises(HttpApiError) as caught:
        call(*args, **kwargs)
    return caught.value.status, caught.value.code


def test_status_tells_what_runs(engine: LaunchedEngine) -> None:
    api = engine.api
    api.load_scene(COUNTER)
    assert api.has_begun()
    status = api.status()
    assert status["scene_path"] == COUNTER
    assert (status["driver"], status["paused"], status["agents"]) == ("http", True, 1)
    assert api.metrics()["memory_mb"] > 0
    assert api.scene(1)["tree"]["name"] == "CounterArena"


def test_actions_play_decisions(engine: LaunchedEngine) -> None:
    api = engine.api
    api.load_scene(COUNTER)
    first = api.reset(seed=4)["observations"][0]["obs"]
    assert first[0] == 0.0
    told = api.act([0.25])
    assert told["observations"][0]["obs"][0] == 8.0
    assert (told["decisions"], told["terminated"]) == (1, [False])
    ended = api.act(decisions=50)
    assert ended["decisions"] == 2
    assert ended["truncated"] == [True]
    assert ended["final_observations"][0]["obs"][3] == 0.25, "the action was not held"
    assert ended["observations"][0]["obs"][0] == 0.0
    on = api.act(decisions=9, stop_at_end=False)
    assert on["decisions"] == 9
    assert on["total_rewards"][0] > on["rewards"][0]
    api.reset()
    assert api.step()["observations"][0]["obs"][3] == 0.0, "a reset forgets the last action"


def test_an_unpaused_world_goes_on_with_the_last_action(engine: LaunchedEngine) -> None:
    api = engine.api
    api.load_scene(COUNTER)
    api.reset(seed=4)
    api.act([0.5])
    before = api.status()["tick"]
    assert api.pause(False) == {"paused": False, "driver": "http"}
    while api.status()["tick"] < before + 50:
        pass
    api.pause()
    # The decision under way is played to its end.
    while not api.status()["holds_tree"]:
        pass
    told = api.observation()[0]
    assert told["observation"]["obs"][3] == 0.5
    assert told["at_decision"] is True
    tick = api.status()["tick"]
    assert tick - api.status()["tick"] == 0


def test_agents_are_named_and_played_one_by_one(engine: LaunchedEngine) -> None:
    api = engine.api
    api.load_scene(TWO_GROUPS)
    api.reset(seed=1)
    agents = api.state()["agents"]
    assert len(agents) > 1
    assert all(agent["is_driven"] for agent in agents)
    assert refused(api.act, [0.0]) == (400, "invalid_action")
    assert refused(api.act, actions=[None]) == (400, "invalid_action")
    told = api.act(actions=[None] * len(agents))
    assert len(told["rewards"]) == len(agents)


def test_parameters_are_set_and_told(engine: LaunchedEngine) -> None:
    api = engine.api
    api.load_scene(COUNTER)
    api.has_begun()
    sampler = {"sampler": "uniform", "low": 0.0, "high": 2.0}
    told = api.set_parameters({"gravity": 3.5, "wind": sampler})["arenas"][0]
    assert told["next"]["gravity"] == 3.5
    assert told["samplers"]["wind"]["high"] == 2.0
    assert "gravity" not in told["running"]
    api.reset()
    assert api.parameters()["arenas"][0]["running"]["gravity"] == 3.5
    assert refused(api.set_parameters, {"gravity": 1.0}, [7]) == (400, "invalid_parameters")
    assert refused(api.set_parameters, {"wind": {"sampler": "no"}}) == (400, "invalid_parameters")
    api.set_parameters({"gravity": None, "wind": None})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("res://nowhere.tscn", 404),
        ("res://addons/godot_rl/sync.tscn", 404),
        ("res://addons/godot_rl/sync.gd", 400),
        ("res://../secret.tscn", 400),
        ("res://scenes/../../secret.tscn", 400),
        ("res://scenes//vr_navigation/vr_navigation.tscn", 400),
        ("/etc/passwd", 400),
        ("user://scene.tscn", 400),
        ("uid://abcdefghijk.tscn", 400),
        ("file:///tmp/scene.tscn", 400),
        ("scenes/vr_navigation/vr_navigation.tscn", 400),
        ("res://a.tscn\n", 404),
        ("res://.godot/a.tscn", 400),
        ("res://a\\..\\b.tscn", 400),
        ("", 400),
        ("res://" + "a" * 600 + ".tscn", 400),
    ],
)
def test_only_scenes_of_the_project_are_loaded(
    engine: LaunchedEngine, path: str, expected: int
) -> None:
    assert refused(engine.api.load_scene, path)[0] == expected
    assert refused(engine.api.ask, "POST", "/scene", {"scene_path": 5})[0] == 400


def test_a_scene_without_agents_waits_for_the_next(engine: LaunchedEngine) -> None:
    api = engine.api
    api.load_scene(NO_AGENT)
    assert refused(api.reset) == (409, "no_agents")
    assert api.state()["agents"] == []
    api.load_scene(ROLLING)
    assert len(api.reset(seed=2)["observations"]) == 1


def test_a_reload_begins_anew_and_plays_the_same(engine: LaunchedEngine) -> None:
    api = engine.api
    api.load_scene(ROLLING)
    played = []
    for _ in range(2):
        api.reload_scene()
        first = api.reset(seed=9)
        played.append([first, *(api.act([0.75, 0]) for _ in range(20))])
    assert played[0] == played[1]


def test_a_headless_engine_has_no_picture(engine: LaunchedEngine) -> None:
    assert refused(engine.api.screenshot) == (409, "headless")


def test_bodies_are_held_to_the_file(engine: LaunchedEngine) -> None:
    ask = engine.api.ask
    for path, body in (
        ("/rl/reset", {"seed": -1}),
        ("/rl/reset", {"seed": 1.5}),
        ("/rl/reset", {"sed": 1}),
        ("/rl/action", {"action": "up"}),
        ("/rl/action", {"action": [0.0], "actions": [[0.0]]}),
        ("/rl/action", {"decisions": 0}),
        ("/step", {"ticks": 1, "decisions": 1}),
        ("/pause", {"paused": 1}),
        ("/parameters", {}),
        ("/parameters", {"values": {"a": "b"}}),
    ):
        assert refused(ask, "POST", path, body)[0] == 400, (path, body)
    assert refused(ask, "POST", "/health") == (405, "method_not_allowed")
    assert refused(ask, "GET", "/scene?depth=many") == (400, "invalid_query")
    assert refused(ask, "GET", "/scene?depth=99") == (400, "invalid_query")


def test_a_game_is_paused_and_stepped_by_ticks(repository: Path) -> None:
    settings = EnvSettings(project_path=str(repository), scene_path=ROLLING, arenas=1)
    with launch_engine(settings, drive=False) as launched:
        api = launched.api
        assert api.status()["driver"] == "game"
        assert refused(api.step) == (409, "not_paused")
        assert api.pause()["driver"] == "game"
        tick = api.status()["tick"]
        assert api.status()["tick"] == tick
        assert api.step(ticks=7) == {"ticks": 7}
        assert api.status()["tick"] == tick + 7
        assert api.step(decisions=2)["ticks"] == 16
        assert api.status()["tick"] == tick + 23
        api.pause(False)
        while api.status()["tick"] == tick + 23:
            pass
        api.load_scene(COUNTER)
        assert api.status()["scene_path"] == COUNTER
        api.reload_scene()
        assert api.status()["driver"] == "game"


def test_a_window_shows_itself(repository: Path) -> None:
    if find_xvfb() is None:
        pytest.skip("no virtual screen")
    settings = EnvSettings(
        project_path=str(repository), screen="virtual",
        scene_path="res://scenes/vr_navigation/vr_navigation.tscn", arenas=1,
    )  # fmt: skip
    with launch_engine(settings, few_frames=True) as launched:
        api = launched.api
        api.reset(seed=3)
        picture = api.screenshot()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 2000
