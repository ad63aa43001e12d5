"""Levels that a trainer orders: seeds for the next episodes of each arena, in place of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rl_training.data.recording import read_recording
from rl_training.runs.seeds import episode_seed as mix
from tests.python.addon.drawn import drawn
from tests.python.addon.duel import Duel, duel
from tests.python.addon.test_samplers import UNIFORM, replay, seen_in

pytestmark = pytest.mark.engine

SEED = 7
ARENA_STREAM = 0x41524E41


def seeds(game: Duel, row: int = 0) -> list[tuple[str, int]]:
    """Who began with which seed since the last call, in the arena of a row."""
    lines = [line for line in game.log(row) if line["what"] in ("arena", "begin")]
    return [(line.get("who") or "arena", line["seed"]) for line in lines]


def of_level(level: int) -> list[tuple[str, int]]:
    return [("arena", mix(level, ARENA_STREAM)), ("red", level), ("blue", mix(level, 1))]


def of_number(count: int, seed: int = SEED, arena: int = 0, arenas: int = 1) -> list[Any]:
    number = arenas * count + arena
    return [("arena", mix(mix(seed, ARENA_STREAM), number)),
            ("red", mix(seed, 2 * number)), ("blue", mix(seed, 2 * number + 1))]  # fmt: skip


def order(game: Duel, *levels: list[int], **more: Any) -> None:
    assert game.ask({"type": "levels", "levels": list(levels), **more}) == {"type": "levels"}


@pytest.mark.parametrize("mode", ["together", "last"])
def test_all_of_an_arena_play_its_levels_and_numbers_go_on_counting(mode: str) -> None:
    with duel(f"mode:{mode},red_ends:8,blue_ends:8", seed=SEED) as game:
        game.reset(SEED)
        assert seeds(game) == of_number(0) * 2
        order(game, [40, 0, 2**31 - 1])
        levels = [[info.get("level") for info in game.step()["info"]] for _ in range(6)]
        wanted = [None, 40, 0, 2**31 - 1, None, None]
        assert levels == [[level, level] for level in wanted]
        assert seeds(game) == [
            *of_level(40), *of_level(0), *of_level(2**31 - 1),
            *of_number(4), *of_number(5), *of_number(6),
        ]  # fmt: skip


def test_each_arena_has_its_own_and_the_first_in_the_tree_plays_the_level_itself() -> None:
    words = "mode:together,red_ends:8,first:blue"
    with duel(words, "--arenas=3", seed=SEED) as game:
        arenas = game.about["spacetime_rl"]["agent_arenas"]
        game.ask({"type": "parameters", "values": {"gravity": UNIFORM}})
        order(game, [5, 6], [9], arenas=[2, 0])
        game.reset(SEED)
        for row in {arena: row for row, arena in enumerate(arenas)}.values():
            game.log(row)
        told = [game.step()["info"] for _ in range(3)]
        for row, arena in enumerate(arenas):
            levels = [info[row].get("level") for info in told]
            assert levels == {0: [9, None, None], 1: [None] * 3, 2: [5, 6, None]}[arena]
            numbered = [mix(SEED, 6 * count + 2 * arena) for count in range(3)]
            first = [
                n if level is None else level for n, level in zip(numbered, levels, strict=True)
            ]
            assert [info[row]["parameters"]["gravity"] for info in told] == [
                pytest.approx(drawn("gravity", UNIFORM, seed), rel=1e-11) for seed in first
            ]
        last = arenas.index(2)
        assert seeds(game, last)[:3] == [
            ("arena", mix(6, ARENA_STREAM)), ("blue", 6), ("red", mix(6, 1)),
        ]  # fmt: skip


def test_agents_that_begin_each_by_itself_levels_are_the_first_ones() -> None:
    with duel("mode:each,red_ends:8,blue_ends:24", seed=SEED) as game:
        order(game, [3, 4])
        game.reset(SEED)
        seeds(game)
        infos = [game.step()["info"] for _ in range(4)]
        assert [info[0].get("level") for info in infos] == [3, 4, None, None]
        assert all("level" not in info[1] for info in infos)
        began = seeds(game)
        assert [seed for who, seed in began if who == "red"] == [
            4, mix(SEED, 4), mix(SEED, 6), mix(SEED, 8),
        ]  # fmt: skip
        assert [seed for who, seed in began if who == "blue"] == [mix(SEED, 3)]


@pytest.mark.parametrize("mode", ["each", "together"])
def test_a_reset_begins_the_running_level_again_if_nothing_was_decided(mode: str) -> None:
    with duel(f"mode:{mode},red_ends:400", seed=SEED) as game:

        def red_after_reset(seed: int | None = None) -> int:
            seeds(game)
            game.reset(seed)
            return next(seed for who, seed in seeds(game) if who == "red")

        order(game, [11, 12, 13])
        assert [red_after_reset(), red_after_reset(), red_after_reset(5)] == [11] * 3
        game.step()
        assert [red_after_reset(), red_after_reset()] == [12] * 2
        order(game, [21, 22])  # replaces what was left, and a reset takes it up at once
        assert [red_after_reset(), red_after_reset()] == [21] * 2
        order(game, [])
        assert red_after_reset() == mix(5, 2)
        assert red_after_reset(6) == mix(6, 0)
        order(game, [31], arenas=[0])
        order(game, arenas=[])  # no arena: nothing changes
        assert red_after_reset() == 31
        game.step()
        assert red_after_reset() == mix(6, 2)


def test_an_order_that_is_refused_changes_nothing() -> None:
    with duel("mode:together,red_ends:8", "--arenas=2", seed=SEED) as game:
        order(game, [1], [2])
        for message, reason in (
            ({"levels": [[5], [-1]]}, "arena 1: a level is a whole number"),
            ({"levels": [[5]]}, "one list for each arena"),
            ({"levels": [[5], [6]], "arenas": [0, 0]}, "stands twice"),
            ({"levels": [[5], [6]], "arenas": [0, 7]}, "arena 7 does not exist"),
            ({"levels": [[7] * 100_001, []]}, "100001 levels, at most 100000"),
            ({}, "got nothing"),
        ):
            answer = game.ask({"type": "levels", **message})
            assert reason in answer["error"], answer
        game.reset(SEED)
        arenas = game.about["spacetime_rl"]["agent_arenas"]
        assert [info["level"] for info in game.step()["info"]] == [arena + 1 for arena in arenas]


@pytest.mark.parametrize("mode", ["each", "together", "last"])
def test_a_recorded_level_is_played_again(mode: str, tmp_path: Path) -> None:
    words = f"mode:{mode},red_ends:16,blue_ends:16"
    recorded = tmp_path / "recorded"
    with duel(words, f"--record={recorded}", "--rl.parameter=gravity=uniform(3,12)",
              seed=SEED) as game:  # fmt: skip
        order(game, [1000, 2**31 - 1])
        game.reset(3)
        for _ in range(6):
            game.step(0.3)
    files = sorted(recorded.glob("*.replay"))
    assert [file.name for file in files] == [
        f"episode_{2 * count:06d}_{seed}.replay"
        for count, seed in enumerate([1000, 2**31 - 1, mix(3, 4)])
    ]
    for file, level in zip(files, (1000, 2**31 - 1, None), strict=True):
        one = read_recording(file)
        assert one.header.get("level") == level
        played = replay(one, words, tmp_path / "replayed")
        assert played.header.get("level") == level
        assert played.header["agents"] == one.header["agents"]
        assert seen_in(played) == seen_in(one)
        for end, again in zip(one.ends, played.ends, strict=True):
            assert {**end, "agent": None} == {**again, "agent": None}
        assert one.ends[0]["seed"] == one.agents[0].seed
        assert one.ends[0]["info"].get("level") == level


@pytest.mark.parametrize("mode", ["each", "together", "last"])
def test_an_agent_that_takes_a_seat_plays_the_level_of_all(mode: str) -> None:
    words = f"mode:{mode},red_ends:64,blue_ends:400,blue_leaves:20,blue_comes:45"
    with duel(words, seed=SEED) as game:
        order(game, [50, 60, 70])
        game.reset(SEED)
        steps = [game.step() for _ in range(16)]
        began = seeds(game)[3:]
    red, blue = (
        [step["info"][row].get("level") for step in steps if step["done"][row]] for row in (0, 1)
    )
    if mode == "each":
        assert [seed for who, seed in began if who == "blue"] == [mix(SEED, 1), mix(SEED, 5)]
        assert red == [50, 60]
        assert blue == [None, None]
    elif mode == "together":
        # Blue's leaving ended the first level; the newcomer comes into the second one.
        assert began == [
            *of_level(50), *of_level(60)[:2], ("blue", mix(60, 1)), *of_level(70),
        ]  # fmt: skip
        assert red == [50, 60]
        assert blue == [50, 60, 60]
    else:
        # Red plays the first level to its end, then both begin the second one.
        assert began == [*of_level(50), *of_level(60)]
        assert red == [50, 60]
