"""Agents of one arena: all that are due begin before any observes, whoever decides for them."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.python.addon.duel import BEGINS, DRAW, OTHER_BEGINS, OTHER_PLACE, PLACE, Duel, duel
from tests.python.addon.duel import write_policy as write

pytestmark = pytest.mark.engine

Lines = list[dict[str, Any]]


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """A policy that pushes by a hundredth of the other's place."""
    path = write(tmp_path / "policy.onnx", [0, 0, 0, 0, 0.01, 0], 0.5)
    return f"--rl.onnx_models=blue={path}"


def of(lines: Lines, *whats: str) -> Lines:
    return [line for line in lines if line["what"] in whats]


def assert_all_begin_before_any_sees(lines: Lines) -> None:
    """In each tick since the reset; what is seen at an end (`done`) is of the episode before."""
    arenas = [i for i, line in enumerate(lines) if line["what"] == "arena"]
    lines = lines[arenas[1] :]
    for _, group in groupby(lines, key=lambda line: line["tick"]):
        kinds = [
            line["what"]
            for line in group
            if line["what"] in ("arena", "begin") or (line["what"] == "sees" and not line["done"])
        ]
        assert kinds == sorted(kinds, key=["arena", "begin", "sees"].index), kinds


def assert_fresh(rows: list[list[float]]) -> None:
    """Both see the same world: what one is, the other sees."""
    red, blue = rows
    assert red[OTHER_PLACE] == blue[PLACE] and blue[OTHER_PLACE] == red[PLACE]
    assert red[OTHER_BEGINS] == blue[BEGINS] and blue[OTHER_BEGINS] == red[BEGINS]


@pytest.mark.parametrize("first", ["red", "blue"])
@pytest.mark.parametrize("mode", ["each", "together", "last"])
def test_two_agents_of_the_trainer(mode: str, first: str) -> None:
    words = f"first:{first},mode:{mode},red_ends:24,blue_ends:24"
    with duel(words, "--arenas=2", "--isolation=shared") as game:
        rows = game.reset(5)
        assert game.about["spacetime_rl"]["arena_episodes"] == mode
        arenas = game.about["spacetime_rl"]["agent_arenas"]
        for _ in range(10):
            for arena in (0, 1):
                assert_fresh([row for row, of_one in zip(rows, arenas, strict=True)
                              if of_one == arena])  # fmt: skip
            rows = game.step()["obs"]
        lines = game.log()
        assert_all_begin_before_any_sees(lines)
        # At the start, at the reset and three times since both ended at once.
        assert len(of(lines, "arena")) == 5
        assert len(of(lines, "begin")) == 10


@pytest.mark.parametrize("first", ["red", "blue"])
@pytest.mark.parametrize("isolation", ["shared", "worlds"])
def test_a_trainer_and_a_policy(first: str, isolation: str, policy: str) -> None:
    words = f"blue:onnx,first:{first},mode:together,red_ends:24,blue_ends:-40"
    with duel(words, policy, "--arenas=2", f"--isolation={isolation}") as game:
        game.reset(5)
        for _ in range(12):
            game.step()
        for row in (0, 1):
            lines = game.log(row)
            assert_all_begin_before_any_sees(lines)
            assert len(of(lines, "arena")) == 6 and len(of(lines, "begin")) == 12


def test_a_policy_and_the_game_itself(policy: str) -> None:
    words = "red:training,blue:human,mode:together,red_ends:400,blue_ends:24"
    with duel(words, policy) as game:
        ((red,),) = [game.reset(5)]
        ends = [step for step in (game.step() for _ in range(9)) if step["done"][0]]
        assert len(ends) == 3
        assert all(step["info"][0]["ended_by"] == "blue" for step in ends)
        lines = game.log()
        assert_all_begin_before_any_sees(lines)
        assert red[DRAW] == of(lines, "arena")[-4]["seed"] % 1000


def test_begin_arena_runs_once_and_before_its_agents(policy: str) -> None:
    with duel("blue:onnx,mode:together,red_ends:24", policy) as game:
        game.reset(5)
        for _ in range(7):
            game.step()
        begins = [(line["what"], line.get("who")) for line in of(game.log(), "arena", "begin")]
        episode = [("arena", None), ("begin", "red"), ("begin", "blue")]
        assert begins == episode * 4


def test_in_mode_each_an_agent_begins_by_itself() -> None:
    with duel("mode:each,red_ends:24,blue_ends:40") as game:
        game.reset(5)
        ended = [game.step()["done"] for _ in range(15)]
        red, blue = [[step + 1 for step in range(15) if ended[step][row]] for row in (0, 1)]
        assert (red, blue) == ([3, 6, 9, 12, 15], [5, 10, 15])
        # At the start, at the reset, and where both ended at once.
        assert len(of(game.log(), "arena")) == 3


def test_together_the_first_end_ends_all_with_its_kind() -> None:
    for red_ends, kind, other_kind in ((24, "terminated", "truncated"),
                                       (-24, "truncated", "terminated")):  # fmt: skip
        with duel(f"mode:together,red_ends:{red_ends},blue_ends:400") as game:
            game.reset(5)
            steps = [game.step() for _ in range(6)]
            assert [step["done"] for step in steps] == [[False] * 2, [False] * 2, [True] * 2] * 2
            for step in (steps[2], steps[5]):
                assert step[kind] == [True, True] and step[other_kind] == [False, False]
                assert step["info"] == [{"ticks": 23}, {"ticks": 24, "ended_by": "red"}]
                assert step["reward"][1] == 8.0
                assert_fresh(step["obs"])
                assert step["final_obs"][1][BEGINS] == step["obs"][1][BEGINS] - 1


def test_together_each_keeps_an_end_of_its_own() -> None:
    with duel("mode:together,red_ends:22,blue_ends:-23") as game:
        game.reset(5)
        step = [game.step() for _ in range(3)][-1]
        assert step["terminated"] == [True, False] and step["truncated"] == [False, True]
        assert all("ended_by" not in info for info in step["info"])


def test_last_an_agent_waits_for_the_others() -> None:
    with duel("mode:last,red_ends:24,blue_ends:-56") as game:
        game.reset(5)
        steps = [game.step() for _ in range(8)]
        assert [step["done"] for step in steps] == [
            [False, False], [False, False], [True, False], [False, False],
            [False, False], [False, False], [False, True], [False, False],
        ]  # fmt: skip
        final = steps[2]["final_obs"][0]
        for step in steps[2:6]:
            assert step["obs"][0] == final
        assert [step["reward"][0] for step in steps[3:7]] == [0.0] * 4
        assert_fresh(steps[6]["obs"])
        assert steps[6]["obs"][0][BEGINS] == final[BEGINS] + 1
        lines = game.log()
        assert_all_begin_before_any_sees(lines)
        ends = [i for i, line in enumerate(lines) if line["what"] == "sees" and line["done"]]
        red_waits = [line for line in lines[ends[0] + 1 : ends[1]] if line["who"] == "red"]
        assert red_waits == []  # neither asked for an observation nor given an action


def test_last_with_a_policy(policy: str) -> None:
    with duel("blue:onnx,mode:last,red_ends:24,blue_ends:-56", policy) as game:
        game.reset(5)
        done = [game.step()["done"][0] for _ in range(14)]
        assert [i + 1 for i, ended in enumerate(done) if ended] == [3, 10]
        lines = game.log()
        assert_all_begin_before_any_sees(lines)
        assert len(of(lines, "arena")) == 4


@pytest.mark.parametrize("repeat", [9, 3])
@pytest.mark.parametrize("mode", ["together", "last"])
def test_policies_of_different_rates_begin_together(mode: str, repeat: int, policy: str) -> None:
    words = f"blue:onnx,mode:{mode},red_ends:20,blue_ends:400"
    alone = []
    for arenas in (3, 1):
        flags = (policy, f"--arenas={arenas}", "--isolation=worlds", "--action_repeat=8")
        with duel(words, *flags, f"--onnx_action_repeat={repeat}") as game:
            game.reset(5)
            for _ in range(6 if mode == "together" else 55):
                game.step()
            lines = game.log()
        assert_all_begin_before_any_sees(lines)
        arena = [i for i, line in enumerate(lines) if line["what"] == "arena"][2]
        # No action of the old episode is held: both act in the tick in which they began.
        assert [line["what"] for line in lines[arena : arena + 5]].count("begin") == 2
        acts = [line for line in lines[arena:] if line["what"] == "acts"]
        assert {line["who"] for line in acts[:2]} == {"red", "blue"}
        began = lines[arena]["tick"]
        assert acts[0]["tick"] == acts[1]["tick"] == began
        blue = [line["tick"] - began for line in acts if line["who"] == "blue"]
        assert blue[:2] == [0, repeat]
        alone.append([line for line in lines if line["what"] != "sees"])
    ticks = [[line["tick"] - lines[0]["tick"] for line in lines] for lines in alone]
    assert ticks[0] == ticks[1]  # whatever other arenas do


def test_seeded_resets_repeat_with_a_sampling_opponent(tmp_path: Path) -> None:
    model = write(tmp_path / "drawn.onnx", [0.0] * 6, 0.0, spread=0.5)
    flags = (f"--rl.onnx_models=blue={model}", "--actions=sampled")
    with duel("blue:onnx,mode:each,red_ends:40,blue_ends:400", *flags) as game:
        rollouts = []
        for _ in range(3):
            rollouts.append([game.reset(5)[0]] + [game.step()["obs"][0] for _ in range(8)])
        without_begins = [
            [[value for i, value in enumerate(row) if i not in (BEGINS, OTHER_BEGINS)]
             for row in rollout] for rollout in rollouts
        ]  # fmt: skip
        assert without_begins[0] == without_begins[1] == without_begins[2]
        assert len({row[OTHER_PLACE] for row in rollouts[0]}) == 9


def test_an_arenas_seed_depends_on_its_number_in_the_run_alone() -> None:
    def seeds(*flags: str) -> list[list[int]]:
        with duel("mode:together,red_ends:8", *flags) as game:
            rows = len(game.rows) // 2
            game.reset(5)
            for _ in range(3):
                game.step()
            return [[line["seed"] for line in of(game.log(row), "arena")][1:]
                    for row in range(rows)]  # fmt: skip

    both = seeds("--arenas=2")
    second = seeds("--arenas=1", "--arena_offset=1", "--arena_total=2")
    assert both[1] == second[0]
    assert len({seed for arena in both for seed in arena}) == 8
