"""The tools of the Model Context Protocol server, one function each.

Called by the command `mcp` and by tests, which connect a client session in memory or over stdio.
The docstrings are what the language model reads.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from rl_training.errors import HarnessError
from rl_training.mcp_server.commands import run_command, summary_of
from rl_training.mcp_server.game import MOST_DECISIONS, PlayedGame

_NAME = "spacetime-rl"
_INSTRUCTIONS = (
    "A game on the real Godot engine that stands still between your calls. Call describe first: it "
    "tells what agents observe and how they act. reset begins an episode from a seed, act plays "
    "decisions and tells what came of them, replay plays the same again bit by bit and can go back "
    "to any earlier decision. screenshot needs a server started with --screen virtual or window."
)

_Seed = Annotated[int | None, Field(ge=0, le=2**31 - 1, description="draws all of the episode")]
_Decisions = Annotated[int, Field(ge=1, le=MOST_DECISIONS, description="decisions to play")]
_Answer = TypeVar("_Answer")


def make_server(game: PlayedGame, game_words: Sequence[str] = ()) -> MCPServer[Any]:
    """Return the server.

    Args:
        game: what is played.
        game_words: flags that name the same game to commands: `--scenario NAME`, its parameters
            and the like.
    """
    server: MCPServer[Any] = MCPServer(_NAME, instructions=_INSTRUCTIONS)

    def add(tool: Callable[..., Any]) -> None:
        server.add_tool(_told(tool))

    def describe() -> dict[str, Any]:
        """Tell the scene, its agents, their observation and action spaces, and parameters."""
        return game.describe()

    def reset(
        seed: _Seed = None, parameters: dict[str, float | dict[str, Any] | None] | None = None
    ) -> dict[str, Any]:
        """Begin new episodes. The same seed and actions give the same trajectory, bit by bit.

        Parameters of the environment are set before, by name; null: the scene's default.
        """
        return game.reset(seed, parameters)

    def observe() -> dict[str, Any]:
        """Tell what each agent saw at its last decision, by name where its elements have names."""
        return game.observe()

    def act(
        action: dict[str, Any] | list[float],
        agent: Annotated[int | None, Field(ge=0, description="row; absent: the only one")] = None,
        decisions: _Decisions = 1,
        stop_at_end: bool = True,
    ) -> dict[str, Any]:
        """Act and play decisions; other agents go on with what they did last.

        The action is an object by key of the action space, or all its numbers in a list:
        continuous ones in [-1, 1], a choice of k as a whole number in [0, k). Tells the new
        observations, rewards, and whether episodes ended (terminated, truncated).
        """
        return game.act(action, agent, decisions, stop_at_end)

    def step(decisions: _Decisions = 1, stop_at_end: bool = True) -> dict[str, Any]:
        """Play decisions in which all agents go on with their last actions."""
        return game.act(None, None, decisions, stop_at_end)

    def screenshot() -> Image:
        """Show the game's window as it is now."""
        return Image(data=game.screenshot(), format="png")

    def scene(depth: Annotated[int, Field(ge=0, le=16)] = 3) -> dict[str, Any]:
        """Tell the running scene and its nodes, so many levels deep."""
        return game.scene(depth)

    def load_scene(scene_path: str) -> dict[str, Any]:
        """Go to another scene of the project, res://..., or load the running one anew."""
        return game.load_scene(scene_path)

    def metrics() -> dict[str, Any]:
        """Tell frame times against the budget, memory, voxel chunks and warnings."""
        return game.metrics()

    def evaluate(
        model: Annotated[str, Field(description="path of a .zip or .onnx policy")],
        episodes: Annotated[int, Field(ge=1, le=10_000)] = 20,
        seed: _Seed = None,
    ) -> dict[str, Any]:
        """Play a model on fixed episodes in engines of its own, and tell the report."""
        words = ["evaluate", *game_words, "--model", model, "--episodes", str(episodes)]
        words += [] if seed is None else ["--seed", str(seed)]
        report = run_command(words)
        return {name: value for name, value in report.items() if name != "episodes"}

    def replay(
        recording: Annotated[
            str | None, Field(description="a recorded .replay file; absent: this session's episode")
        ] = None,
        decisions: Annotated[
            int | None, Field(ge=0, description="go back to behind so many decisions")
        ] = None,
    ) -> dict[str, Any]:
        """Play an episode again, and tell whether everything was the same, bit by bit.

        Without a recording it is the episode since the last reset; with decisions the game then
        stands at that moment, and another action can be tried from there.
        """
        if recording is None:
            return game.replay(decisions)
        return run_command(["replay", str(Path(recording))])

    def explore(
        decisions: Annotated[int, Field(ge=100, le=10_000_000)] = 20_000,
        minutes: Annotated[float, Field(gt=0, le=50, description="stop after so long")] = 10.0,
        seed: _Seed = None,
    ) -> dict[str, Any]:
        """Let the explorer look for bugs in the scene, in engines of its own.

        Tells the findings, those that came again first, and the files of the whole report.
        """
        folder = tempfile.mkdtemp(prefix="spacetime-rl-explore-")
        words = ["explore", *game_words, "--decisions", str(decisions), "--output", folder]
        words += ["--minutes", f"{minutes:g}"]
        words += [] if seed is None else ["--seed", str(seed)]
        return summary_of(run_command(words), Path(folder))

    for tool in (
        describe, reset, observe, act, step, screenshot, scene, load_scene, metrics,
        evaluate, replay, explore,
    ):  # fmt: skip
        add(tool)
    return server


def _told(tool: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Return the tool with the harness's errors as the protocol's, one clear line each."""

    @functools.wraps(tool)
    def called(*args: Any, **kwargs: Any) -> _Answer:
        try:
            return tool(*args, **kwargs)
        except HarnessError as error:
            raise ToolError(" ".join(str(error).split())) from error

    return called
