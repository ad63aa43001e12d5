"""Parameters that are drawn for each episode.

They follow from its seed and the name alone, wherever it is played, and all that tells of them
tells the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.data.recording import Recording, read_recording
from rl_training.runs.seeds import episode_seed as mix
from tests.python.addon.drawn import drawn
from tests.python.addon.duel import (
    BEGINS,
    GRAVITY,
    OTHER_BEGINS,
    duel,
    output_of,
    play,
    start,
    write_policy,
)

pytestmark = pytest.mark.engine

UNIFORM = {"sampler": "uniform", "low": 3, "high": 12}
ALL: dict[str, dict[str, Any]] = {
    "gravity": UNIFORM,
    "mass": {"sampler": "log_uniform", "low": 0.001, "high": 1000},
    "wind": {"sampler": "gaussian", "mean": 2, "deviation": 0.5},
    "lamps": {"sampler": "choice", "values": [1, 2, 4]},
    "Lücke": {"sampler": "multirange_uniform", "ranges": [[0, 1], [4, 5.5], [9, 9]]},
}
TEXT = (
    "--rl.parameter=gravity=uniform(3, 12),mass=log_uniform(0.001,1e3)",
    "--rl.parameter=wind=gaussian( 2, 0.5 ),rain=1,lamps=choice(1, 2, 4)",
    "--rl.parameter=Lücke=multirange_uniform(0, 1, 4, 5.5, 9, 9)",
)
SEED = 7


def lines_of(game: Any, row: int, *whats: str) -> list[dict[str, Any]]:
    return [line for line in game.log(row) if line["what"] in whats]


def expected(seed: int) -> dict[str, float]:
    return {name: drawn(name, sampler, seed) for name, sampler in ALL.items()} | {"rain": 1.0}


@pytest.mark.parametrize("mode", ["together", "last"])
def test_agents_that_begin_together_share_what_the_first_ones_seed_gives(mode: str) -> None:
    with duel(f"mode:{mode},red_ends:8,blue_ends:8", *TEXT, "--arenas=2", seed=SEED) as game:
        about = game.about["spacetime_rl"]
        assert about["parameters"] == {"rain": 1.0}
        assert about["samplers"] == ALL
        steps = [game.step() for _ in range(4)]
        for row, arena in enumerate(about["agent_arenas"]):
            told = [step["info"][row]["parameters"] for step in steps]
            first = [mix(SEED, 4 * episode + 2 * arena) for episode in range(4)]
            assert told == [pytest.approx(expected(seed), rel=1e-11) for seed in first]
        for row in (0, 1):
            lines = lines_of(game, row, "arena", "begin")
            gravities = [line["gravity"] for line in lines]
            assert gravities[0::3] == gravities[1::3] == gravities[2::3]
            assert len(set(gravities)) == 5
            assert game.call("parameter", "gravity")[row] == gravities[-1]


def test_in_mode_each_an_agents_own_seed_gives_its_own() -> None:
    with duel("mode:each,red_ends:8,blue_ends:16", *TEXT, seed=SEED) as game:
        steps = [game.step() for _ in range(6)]
        red = [step["info"][0]["parameters"] for step in steps]
        blue = [step["info"][1]["parameters"] for step in steps[1::2]]
        assert red == [pytest.approx(expected(mix(SEED, 2 * i)), rel=1e-11) for i in range(6)]
        assert blue == [pytest.approx(expected(mix(SEED, 2 * i + 1)), rel=1e-11) for i in range(3)]
        lines = lines_of(game, 0, "arena", "begin")
        for i, line in enumerate(lines):
            if line["what"] == "arena":  # as the first agent's
                assert line["gravity"] == lines[i + 1]["gravity"]
        running = [row[GRAVITY] for row in steps[-1]["obs"]]
        assert game.call("parameter", "gravity") == pytest.approx(running, rel=1e-6)


def test_a_seed_gives_the_same_in_training_and_evaluation_and_any_arena(tmp_path: Path) -> None:
    model = write_policy(tmp_path / "both.onnx", [0.0] * 6, 0.5)
    words = "mode:together,red_ends:8"
    found: list[dict[int, Any]] = []
    for flags in (["--arenas=1"], ["--arenas=3"], ["--arenas=2", "--isolation=worlds"]):
        report = tmp_path / "report.json"
        play(f"--duel={words}", f"--onnx_model={model}", "--episodes=12", f"--env_seed={SEED}",
             f"--report={report}", *TEXT, *flags)  # fmt: skip
        told = json.loads(report.read_text())
        assert told["parameters"] == {"rain": 1.0}
        assert told["samplers"] == ALL
        found.append({row["episode"]: row["info"]["parameters"] for row in told["episodes"]})
    assert found[0] == found[1] == found[2]
    assert list(found[0]) == list(range(12))
    with duel(words, *TEXT, "--arenas=1", "--arena_offset=1", "--arena_total=3", seed=SEED) as game:
        trained = [game.step()["info"][0]["parameters"] for _ in range(2)]
    assert trained == [found[0][2], found[0][8]]


def test_an_order_holds_from_the_next_episode_on_and_a_fresh_reset_draws_the_same() -> None:
    with duel("mode:together,red_ends:16", "--arenas=2", seed=SEED) as game:
        game.ask({"type": "parameters", "values": {"gravity": UNIFORM, "wind": 1}})
        game.ask({"type": "parameters", "values": {"gravity": 5}, "arenas": [1]})
        assert {row[GRAVITY] for row in game.step()["obs"]} == {9.0}
        first = [row[GRAVITY] for row in game.reset(3)]
        arenas = game.about["spacetime_rl"]["agent_arenas"]
        wanted = [drawn("gravity", UNIFORM, mix(3, 0)), 5.0]
        assert first == [pytest.approx(wanted[arena], rel=1e-6) for arena in arenas]
        assert [row[GRAVITY] for row in game.reset()] == first
        assert [row[GRAVITY] for row in game.reset(3)] == first
        game.step()
        second = [row[GRAVITY] for row in game.reset()]
        assert second[arenas.index(0)] != first[arenas.index(0)]
        assert second[arenas.index(1)] == 5.0
        game.step()
        info = game.step()["info"]
        assert info[arenas.index(1)]["parameters"] == {"wind": 1.0, "gravity": 5.0}
        game.ask({"type": "parameters", "values": {"gravity": None}})
        assert {row[GRAVITY] for row in game.reset()} == {9.0}


def test_a_sampler_that_is_wrong_is_one_line_and_ends_the_run() -> None:
    for text, reason in (
        ("wind=uniform(2, 1)", "uniform: low must be at most high, got 2 and 1"),
        ("wind=uniform(2)", "uniform takes low and high, got low"),
        ("wind=log_uniform(0, 1)", "log_uniform: low must be above 0, got 0"),
        ("wind=normal(0, 1)", 'no sampler "normal"; known: uniform, log_uniform, gaussian'),
        ("wind=uniform(0, x)", "--rl.parameter takes NAME=NUMBER or NAME=uniform(0, 1)"),
        ("wind=uniform(0, 1", "--rl.parameter takes NAME=NUMBER or NAME=uniform(0, 1)"),
    ):
        process = start("--random_policy=10", f"--rl.parameter=rain=1,{text}")
        try:
            output = output_of(process)
        finally:
            process.kill()
        assert process.returncode == 1, output
        assert reason in output, output


@pytest.mark.parametrize("mode", ["each", "together", "last"])
def test_a_recording_has_what_was_drawn_and_a_replay_begins_with_it(
    mode: str, tmp_path: Path
) -> None:
    model = write_policy(tmp_path / "both.onnx", [0, 0, 0, 0.01, 0.01, 0], 0.5)
    words = f"red_ends:24,blue_ends:-40,mode:{mode}"
    recorded, replayed = tmp_path / "recorded", tmp_path / "replayed"
    play(f"--duel={words}", f"--onnx_model={model}", "--episodes=8", f"--env_seed={SEED}", *TEXT,
         f"--record={recorded}", f"--report={tmp_path / 'r.json'}")  # fmt: skip
    files = sorted(recorded.glob("*.replay"))
    assert len(files) == {"each": 2, "together": 4, "last": 4}[mode]
    for file in files:
        one = read_recording(file)
        seeds = [agent.seed for agent in one.agents]
        assert one.parameters == pytest.approx(expected(seeds[0]), rel=1e-11)
        blue = one.header["agents"][1].get("parameters", {})
        if mode == "each":
            assert {**one.parameters, **blue} == pytest.approx(expected(seeds[1]), rel=1e-11)
            assert "gravity" in blue
        else:
            assert blue == {}
        played = replay(one, words, replayed)
        assert played.header["parameters"] == one.header["parameters"]
        assert played.header["agents"] == one.header["agents"]
        assert seen_in(played) == seen_in(one)
        for end, again in zip(one.ends, played.ends, strict=True):
            assert {**end, "agent": None} == {**again, "agent": None}
            assert not end["ended"] or "parameters" in end["info"]


def seen_in(recording: Recording) -> list[list[float]]:
    """All that was seen, earned and done, but for the count of episodes, bit by bit."""
    counts = {BEGINS, OTHER_BEGINS, 6 + BEGINS, 6 + OTHER_BEGINS}
    return [
        [value for i, value in enumerate(decision.observations.tolist()) if i not in counts]
        + decision.rewards.tolist()
        + decision.actions.tolist()
        for decision in recording.decisions
    ]


def replay(recorded: Recording, words: str, folder: Path) -> Recording:
    """Let the engine play a recording again and return what it records then."""
    place = recorded.agents[0].episode // len(recorded.agents)
    for old in folder.glob("*"):
        old.unlink()
    play(f"--duel={words}", f"--replay={recorded.path}", f"--record={folder}",
         f"--env_seed={recorded.header['env_seed']}", f"--arena_offset={place}")  # fmt: skip
    return read_recording(next(folder.glob("*.replay")))
