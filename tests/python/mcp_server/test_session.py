"""A real client session plays the game through `spacetime-rl mcp`."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from rl_training.engine import find_xvfb
from rl_training.mcp_server.commands import summary_of

mcp = pytest.importorskip("mcp")

pytestmark = pytest.mark.engine

ROLLING = "res://tests/godot/fixtures/rolling_arena.tscn"
TOOLS = {
    "describe", "reset", "observe", "act", "step", "screenshot", "scene", "load_scene", "metrics",
    "evaluate", "replay", "explore",
}  # fmt: skip


@asynccontextmanager
async def session(repository: Path, *words: str) -> AsyncIterator[Any]:
    """A client connected over stdio to a server of its own."""
    server = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "rl_training", "mcp", *words],
        env={"PYTHONPATH": str(repository)},
        cwd=repository,
    )
    async with mcp.stdio_client(server) as streams, mcp.ClientSession(*streams) as client:
        await client.initialize()
        yield client


async def ask(client: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    told = result.structured_content or json.loads(result.content[0].text)
    return dict(told.get("result", told)) if isinstance(told.get("result"), dict) else dict(told)


async def refused(client: Any, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)


def play(story: Callable[[], Awaitable[None]]) -> None:
    anyio.run(story)


def test_a_model_plays_an_episode_and_goes_back_in_it(repository: Path) -> None:
    async def story() -> None:
        words = ("--project_path", str(repository), "--scene_path", ROLLING)
        async with session(repository, *words) as client:
            listed = await client.list_tools()
            assert {tool.name for tool in listed.tools} == TOOLS
            assert all(tool.description for tool in listed.tools)

            told = await ask(client, "describe")
            assert told["scene"] == ROLLING
            assert told["headless"] is True
            (agent,) = told["agents"]
            assert agent["observation_names"]["obs"] == ["place", "speed", "drift"]
            assert set(agent["action_space"]) == {"push", "jump"}

            first = await ask(client, "reset", seed=11)
            assert first["seed"] == 11
            acted = await ask(client, "act", action={"push": [0.5], "jump": 1})
            assert acted["decisions"] == 1
            seen = await ask(client, "observe")
            named = seen["agents"][0]["observation"]["obs"]
            assert list(named.values()) == acted["observations"][0]["obs"]
            assert named["drift"] > 0
            stepped = await ask(client, "step", decisions=7, stop_at_end=False)
            assert stepped["decisions"] == 7

            again = await ask(client, "replay")
            assert again["is_identical"] is True
            assert again["decisions"] == 8
            assert again["now"] == stepped

            back = await ask(client, "replay", decisions=1)
            assert (back["is_identical"], back["decisions"]) == (True, 1)
            assert back["now"] == acted
            other = await ask(client, "act", action=[-0.5, 0])
            assert other["observations"][0]["obs"][1] < acted["observations"][0]["obs"][1]

            assert "headless" in await refused(client, "screenshot")
            assert "does not exist" in await refused(client, "act", action=[0.0, 0], agent=3)
            assert "must be a list" in await refused(client, "act", action={"push": 1.0, "jump": 0})
            assert "no scene" in await refused(client, "load_scene", scene_path="res://no.tscn")
            assert (await ask(client, "metrics"))["memory_mb"] > 0
            assert (await ask(client, "scene", depth=1))["tree"]["children"]

    play(story)


def test_what_the_window_shows_is_a_picture(repository: Path) -> None:
    if find_xvfb() is None:
        pytest.skip("no virtual screen")

    async def story() -> None:
        words = ("--scenario", "vr_navigation", "--screen", "virtual")
        async with session(repository, *words) as client:
            await ask(client, "reset", seed=1)
            result = await client.call_tool("screenshot", {})
            assert not result.is_error, result.content[0].text
            (picture,) = result.content
            assert picture.mime_type == "image/png"
            assert len(picture.data) > 2000

    play(story)


@pytest.mark.timeout(300)
def test_a_model_is_evaluated(repository: Path) -> None:
    policy = repository / "baselines" / "vr_locomotion_baseline.onnx"
    if not policy.is_file():
        pytest.skip("no policy in baselines")

    async def story() -> None:
        async with session(repository, "--scenario", "vr_locomotion") as client:
            assert "no model at" in await refused(client, "evaluate", model="nowhere.onnx")
            report = await ask(client, "evaluate", model=str(policy), episodes=1)
            assert report["num_episodes"] == 1
            assert "episodes" not in report, "one row an episode is too much for a model"
            assert "success_rate" in report

    play(story)


@pytest.mark.timeout(900)
def test_a_scene_is_explored(repository: Path) -> None:
    async def story() -> None:
        words = ("--project_path", str(repository), "--scene_path", ROLLING)
        async with session(repository, *words, "--parameter", "wind=1.5") as client:
            told = await ask(client, "explore", decisions=100, minutes=5, seed=3)
            assert (told["scene"], told["seed"]) == (ROLLING, 3)
            assert float(told["parameters"]["wind"]) == 1.5, "the server's own hold"
            assert told["decisions"] >= 100
            assert sum(told["episodes"].values()) >= 8, "one in each arena"
            for row in told["findings"] + told["unconfirmed"]:
                assert row["episodes"] <= sum(told["episodes"].values())
            whole = json.loads(Path(told["report"]).read_text("utf-8"))
            assert whole["coverage"]["cells"] == told["cells"] > 0
            assert Path(told["page"]).read_text("utf-8").startswith("<!")
            assert len(json.dumps(told)) < 20_000

    play(story)


def test_a_report_of_any_size_is_told_in_short() -> None:
    row = dict.fromkeys(
        ("id", "kind", "message", "where", "count", "episodes", "first_step", "decisions",
         "confirmed", "note", "replay", "data", "times_ms"), 1,
    )  # fmt: skip
    names = (
        "scene", "way", "seed", "parameters", "decisions", "episodes", "seconds", "arenas",
        "stopped", "returns",
    )  # fmt: skip
    report: dict[str, Any] = dict.fromkeys(names, 0)
    report |= {"notes": ["one"], "findings": [row] * 30, "unconfirmed": []}
    report |= {"coverage": {"cells": 5000, "visits": {str(i): 1 for i in range(5000)}}}
    told = summary_of(report, Path("there"))
    assert len(told["findings"]) == 20
    assert "times_ms" not in told["findings"][0]
    assert told["notes"] == ["one", "30 findings: the report lists the others"]
    assert (told["cells"], told["unconfirmed"]) == (5000, [])
    assert len(json.dumps(told)) < 10_000
