"""Parameters, policies by wire and control over the fake engine, in both environments."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from rl_training.config.samplers import Uniform
from rl_training.envs import EnvSettings, make_vec_env
from rl_training.errors import UsageError

pytestmark = pytest.mark.usefixtures("no_process_left")

Maker = Callable[..., Any]
HUNT = {"hunter": {"agents": 1, "obs": 5}, "prey": {"agents": 1, "obs": 6}}
ALIKE = {"red": {"agents": 1, "obs": 5}, "blue": {"agents": 1, "obs": 5}}


@pytest.fixture(params=["async-json", "async-binary2", "subproc-binary2"])
def make(
    request: pytest.FixtureRequest, fake_game: Callable[..., str], free_port: int
) -> Iterator[Maker]:
    """Return `make(behaviour, **settings)`; closes what it made."""
    vec_env, transport = request.param.split("-")
    made: list[Any] = []

    def build(behaviour: dict[str, Any] | None = None, **settings: Any) -> Any:
        values: dict[str, Any] = {"port": free_port, "timeout_s": 20.0, "arenas": 2} | settings
        if (behaviour or {}).get("stock"):
            values["arenas"] = None
        game = fake_game(
            **({"groups": HUNT, "transport": transport, "episode_length": 2} | (behaviour or {}))
        )
        made.append(make_vec_env(EnvSettings(env_path=game, **values), vec_env))
        return made[-1]

    yield build
    for env in made:
        env.close()


def idle(env: Any, *groups: str) -> dict[str, Any]:
    chosen = groups or tuple(env.groups)
    return {name: np.zeros((len(env.groups[name].agents), 2), np.float32) for name in chosen}


def difficulty(env: Any, result: dict[str, Any]) -> dict[int, float]:
    """Return the parameter that the hunters of each arena observe."""
    arenas = env.groups["hunter"].arenas
    return dict(zip(arenas, result["hunter"].obs["obs"][:, 4].tolist(), strict=True))


def test_parameters_hold_from_the_next_episode_of_the_arenas_named(make: Maker) -> None:
    env = make(num_envs=2)
    env.reset_groups()
    env.set_parameters({"difficulty": 3}, arenas=[1, 2])
    step = env.step_groups(idle(env))
    assert difficulty(env, step) == {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}
    step = env.step_groups(idle(env))  # ends the episodes
    assert difficulty(env, step) == {0: 1.0, 1: 3.0, 2: 3.0, 3: 1.0}
    env.set_parameters({"difficulty": None})
    env.step_groups(idle(env))
    step = env.step_groups(idle(env))
    assert [info.get("parameters") for info in step["prey"].infos] == [
        None,
        {"difficulty": 3.0},
        {"difficulty": 3.0},
        None,
    ]
    assert set(difficulty(env, env.reset_groups()).values()) == {1.0}
    assert env.known_parameters() == {"difficulty": 1.0}


@pytest.mark.parametrize(
    ("values", "arenas", "text"),
    [
        (
            {"difficulty": "hard"},
            None,
            "'difficulty' must be a number or a sampler.*; found 'hard'; None is",
        ),
        ({"difficulty": float("nan")}, None, "'difficulty' must be a finite number; found nan"),
        ({"difficulty": "uniform(2, 1)"}, None, "'difficulty' uniform: low must be at most high"),
        (
            {"difficulty": {"sampler": "unifrm"}},
            None,
            "no sampler 'unifrm'. Did you mean 'uniform'",
        ),
        ({"": 1.0}, None, "the parameter name '' is no text"),
        ({"difficulty": 1.0}, [4], "there is no arena 4, only 0 to 3"),
        ({"difficulty": 1.0}, [], "arenas is empty"),
    ],
)
def test_parameters_that_cannot_be(make: Maker, values: Any, arenas: Any, text: str) -> None:
    env = make(num_envs=2)
    with pytest.raises(UsageError, match=text):
        env.set_parameters(values, arenas)
    env.reset_groups()


@pytest.mark.parametrize(
    "sampler",
    [
        Uniform(low=2.0, high=3.0),
        "uniform(2, 3)",
        {"sampler": "uniform", "low": 2, "high": 3},
        {"sampler": "multirange_uniform", "ranges": [[2, 2.5], [2.7, 3]]},
    ],
)
def test_a_sampler_draws_for_every_episode(make: Maker, sampler: Any) -> None:
    """The same seed meets the same values; a scene that reads the parameter has asked for it."""
    env = make(num_envs=2)
    env.set_parameters({"difficulty": sampler}, arenas=[0, 3])
    first = difficulty(env, env.reset_groups())
    assert (first[1], first[2]) == (1.0, 1.0)
    drawn = [first[0]]
    for _ in range(3):
        env.step_groups(idle(env))
        step = env.step_groups(idle(env))
        assert step["hunter"].infos[0]["parameters"]["difficulty"] == pytest.approx(drawn[-1])
        drawn.append(difficulty(env, step)[0])
    assert len(set(drawn)) == 4
    assert all(2.0 <= value <= 3.0 for value in drawn)
    env.seed(0)
    assert difficulty(env, env.reset_groups()) == first
    env.set_parameters({"difficulty": 4})
    assert set(difficulty(env, env.reset_groups()).values()) == {4.0}


def test_levels_are_the_next_episodes_of_their_arenas(make: Maker) -> None:
    env = make(num_envs=2)
    env.set_parameters({"difficulty": "uniform(0, 1)"})
    env.set_levels({0: [7], 3: np.array([7, 9])})
    begun = [difficulty(env, env.reset_groups())]
    levels: list[list[int | None]] = []
    for _ in range(3):
        env.step_groups(idle(env))
        step = env.step_groups(idle(env))
        levels.append([info.get("level") for info in step["hunter"].infos])
        begun.append(difficulty(env, step))
    assert levels == [[7, None, None, 7], [None, None, None, 9], [None] * 4]
    assert begun[0][0] == begun[0][3] != begun[0][1]  # the level says everything
    env.set_levels({0: [5, 6], 1: [8]})
    env.set_levels({0: []})  # numbered ones again; arena 1 keeps its own
    env.reset_groups()
    env.step_groups(idle(env))
    infos = env.step_groups(idle(env))["hunter"].infos
    assert [info.get("level") for info in infos] == [None, 8, None, None]
    env.set_levels({})


@pytest.mark.parametrize(
    ("levels", "text"),
    [
        ({4: [1]}, "there is no arena 4, only 0 to 3"),
        ({0: [2**31]}, "a level is a whole number from 0 to 2147483647; found 2147483648"),
        ({0: [-1]}, "a level is a whole number.*found -1"),
        ({0: [1.5]}, r"a level is a whole number.*found 1\.5"),
        ({0: [True]}, "a level is a whole number.*found True"),
        ({0: 3}, "levels of an arena are a list of whole numbers; found 3"),
        ({0: "12"}, "levels of an arena are a list of whole numbers; found '12'"),
    ],
)
def test_levels_that_cannot_be(make: Maker, levels: Any, text: str) -> None:
    env = make(num_envs=2)
    with pytest.raises(UsageError, match=text):
        env.set_levels(levels)
    env.reset_groups()


def test_levels_go_to_each_engine_in_one_message(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = make(num_envs=2)
    sent: list[dict[int, Any]] = []
    send = env._desk._send

    def noted(orders: dict[int, Any]) -> Any:
        sent.append(orders)
        return send(orders)

    monkeypatch.setattr(env._desk, "_send", noted)
    env.set_levels({3: [1, 2], 2: [3]})
    env.set_levels({0: [4], 1: [], 3: [5]})
    assert [{engine: order.message() for engine, order in orders.items()} for orders in sent] == [
        {1: {"type": "levels", "levels": [[3], [1, 2]], "arenas": [0, 1]}},
        {
            0: {"type": "levels", "levels": [[4], []], "arenas": [0, 1]},
            1: {"type": "levels", "levels": [[5]], "arenas": [1]},
        },
    ]


def test_a_parameter_that_the_scene_never_asks_for_is_told_once(
    make: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    env = make()
    env.set_parameters({"dificulty": "choice(3, 4)", "difficulty": "uniform(2, 3)"})
    env.reset_groups()
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            env.step_groups(idle(env))
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "the scene has not asked for the parameter 'dificulty' in an episode: it asks for "
        "'difficulty' (default 1)"
    ]


@pytest.mark.parametrize(
    "options",
    [{"difficulty": 4}, {"parameters": {"difficulty": 4}}, {"difficulty": "uniform(4, 4)"}],
)
def test_options_are_parameters_at_the_next_reset(make: Maker, options: dict[str, Any]) -> None:
    env = make({"groups": ALIKE})
    env.reset()
    env.set_options(options)
    actions = np.zeros((env.num_envs, 2), np.float32)
    env.step(actions)
    obs, *_ = env.step(actions)
    assert set(obs["obs"][:, 4].tolist()) == {1.0}  # the episodes that began meanwhile
    assert set(env.reset()["obs"][:, 4].tolist()) == {4.0}
    assert set(env.reset()["obs"][:, 4].tolist()) == {4.0}  # they hold


def test_options_of_each_agent(make: Maker) -> None:
    env = make(num_envs=2)
    hunter = env.group("hunter")
    hunter.set_options([{"difficulty": arena} for arena in range(4)])
    assert hunter.reset()["obs"][:, 4].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert env.group("prey").reset()["obs"][:, 4].tolist() == [0.0, 1.0, 2.0, 3.0]
    with pytest.raises(UsageError, match="3 options were given for 4 agents"):
        hunter.set_options([{}] * 3)
    with pytest.raises(UsageError, match=r"the parameter 'level' must be a number or a sampler"):
        hunter.set_options({"level": "hard"})
    with pytest.raises(UsageError, match=r"options are \{name: value\} or"):
        hunter.set_options({"parameters": {}, "level": 1})
    hunter.set_options({"difficulty": 1})
    env.group("prey").set_options({"difficulty": 2})
    with pytest.raises(UsageError, match=r"the values 1.0 and 2.0 in arena 0, whose agents share"):
        env.reset_groups()


def test_a_policy_by_wire_plays_its_arenas(make: Maker) -> None:
    env = make(num_envs=2)
    content = b"a model" * 1000
    loaded = env.load_policy("prey", content, [0, 3], name="first")
    assert loaded.sha256 == hashlib.sha256(content).hexdigest()
    assert (loaded.actions, loaded.warning) == ("deterministic", "")
    env.reset_groups()
    with pytest.raises(UsageError, match="no actions for group 'prey'"):
        env.step_groups(idle(env, "hunter"))
    infos = env.step_groups(idle(env))["prey"].infos
    assert [info.get("policy") for info in infos] == ["first", None, None, "first"]
    env.load_policy("prey", content)
    env.reset_groups()
    assert env.groups_played_elsewhere == {"prey"}
    infos = env.step_groups(idle(env, "hunter"))["prey"].infos
    assert {info["policy"] for info in infos} == {loaded.sha256[:12]}
    env.set_control("prey", "trainer", arenas=[2])
    with pytest.raises(UsageError, match="no actions for group 'prey'"):
        env.step_groups(idle(env, "hunter"))


def test_the_game_plays_a_group(make: Maker) -> None:
    env = make()
    env.set_control("prey", "game")
    hunter = env.group("hunter")
    hunter.reset()
    for _ in range(3):
        hunter.step(np.zeros((2, 2), np.float32))
    assert env.step_groups(idle(env))["prey"].infos[0]["policy"] == "game"


def test_a_refused_order_changes_nothing_and_the_run_goes_on(make: Maker) -> None:
    env = make(num_envs=2)
    env.reset_groups()
    with pytest.raises(UsageError, match="'load_policy' was refused: the policy's file is empty"):
        env.load_policy("prey", b"")
    with pytest.raises(UsageError, match=r"no group 'pray'.* Did you mean 'prey'"):
        env.set_control("pray", "game")
    with pytest.raises(UsageError, match="control is 'nobody'"):
        env.set_control("prey", "nobody")
    with pytest.raises(UsageError, match="onnx is a str, expected the file's bytes"):
        env.load_policy("prey", "model.onnx")
    with pytest.raises(UsageError, match="actions is 'wild'"):
        env.load_policy("prey", b"x", actions="wild")
    assert env.groups_played_elsewhere == frozenset()
    assert "policy" not in env.step_groups(idle(env))["prey"].infos[0]


@pytest.mark.parametrize(
    ("behaviour", "text"),
    [
        ({"stock": True, "groups": {}}, "stock plugin takes no 'parameters'"),
        ({"groups": {}, "transport": "json"}, "addon 0.0.0-fake takes no 'parameters'.*update"),
    ],
)
def test_an_addon_that_knows_no_orders(make: Maker, behaviour: dict[str, Any], text: str) -> None:
    env = make(behaviour)
    env.reset()
    with pytest.raises(UsageError, match=text):
        env.set_parameters({"difficulty": 1})
    env.step(np.zeros((env.num_envs, 2), np.float32))


def test_no_orders_while_a_step_is_under_way(make: Maker) -> None:
    env = make({"groups": ALIKE})
    env.reset()
    env.step_async(np.zeros((env.num_envs, 2), np.float32))
    with pytest.raises(UsageError, match=r"between step_async\(\) and step_wait"):
        env.set_parameters({"difficulty": 1})
    env.step_wait()


@pytest.mark.parametrize("blocks", [False, True])
def test_an_engine_that_dies_before_an_order_in_the_middle_of_a_run(
    make: Maker, blocks: bool
) -> None:
    """The order meets the failure; the actions after it are no second ones."""
    env = make({"groups": ALIKE, "episode_length": 50}, max_restarts=1, num_envs=2)
    if not hasattr(env, "envs"):
        pytest.skip("its workers have the engines")
    env.reset()
    nothing = np.zeros((env.num_envs, 2), np.float32)

    def step() -> None:
        if not blocks:
            env.step(nothing)
            return
        for engine, rows in enumerate(env.blocks):
            env.send_block(engine, nothing[rows])
        answered: set[int] = set()
        while len(answered) < len(env.blocks):
            answered |= {engine for engine, _step in env.receive_blocks()}

    step()
    os.kill(env.envs[0].process.pid, signal.SIGKILL)
    env.envs[0].process.wait(20.0)
    env.set_parameters({"difficulty": 3})
    step()
    assert [restart.engine for restart in env.restarts] == [0]
    step()


def test_a_replaced_engine_is_told_everything_again(make: Maker) -> None:
    env = make({"kill_step": 4}, max_restarts=3, num_envs=2)
    env.set_parameters({"difficulty": 2})
    env.set_parameters({"difficulty": 3, "size": "choice(1, 2)"}, arenas=[1])
    env.set_levels({0: [1, 2, 3, 4], 3: [5, 6, 7, 8]})
    env.load_policy("prey", b"model", name="rival", arenas=[0, 1])
    env.set_control("prey", "game", arenas=[1])
    env.reset_groups()
    for _ in range(4):
        step = env.step_groups(idle(env))
    assert "engine_restart" in step["hunter"].infos[0]
    assert step["hunter"].truncated.tolist() == [True] * 4
    assert step["hunter"].infos[0]["terminal_observation"]["obs"].shape == (5,)
    assert step["prey"].infos[0]["terminal_observation"]["obs"].shape == (6,)
    assert difficulty(env, step) == {0: 2.0, 1: 3.0, 2: 2.0, 3: 2.0}
    infos = env.step_groups(idle(env))["prey"].infos
    assert [info.get("policy") for info in infos] == ["rival", "game", None, None]
    infos = env.step_groups(idle(env))["hunter"].infos
    # Levels are used once: engines that were started again play numbered episodes.
    assert [info.get("level") for info in infos] == [None] * 4
    assert "size" in infos[1]["parameters"]
