"""Everything that makes an environment, as one frozen value that can be pickled.

Both vectorised environments are built from it, in this process, in a worker, or on another machine.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from rl_training.errors import ConfigError
from rl_training.limits import (
    DEFAULT_PORT,
    ISOLATIONS,
    MAX_ARENAS,
    MAX_SEED,
    SCREENS,
    SHORTEST_TOKEN,
    TOKEN_VARIABLE,
    TRANSPORTS,
)
from rl_training.protocol.listener import is_loopback

__all__ = [
    "DEFAULT_PORT",
    "EXPLORE_ARGS",
    "PERFORMANCE_ARGS",
    "MAX_SEED",
    "SHORTEST_TOKEN",
    "TOKEN_VARIABLE",
    "EnvSettings",
    "ScreenChoice",
]

EXPLORE_ARGS = ("--rl.explore=1",)
"""Words for `env_args` with which infos tell where agents are, for those who look for bugs."""
PERFORMANCE_ARGS = ("--rl.performance=1",)
"""Words for `env_args` with which infos tell the game's performance (docs/performance.md)."""

ScreenChoice = Literal["auto", "headless", "window", "virtual"]


def _whole(lowest: int, highest: int | None = None) -> Any:
    bounds = f">= {lowest}" if highest is None else f"from {lowest} to {highest}"
    return Field(ge=lowest, le=highest, description=f"a whole number {bounds}")


def _one_of(choices: tuple[str, ...]) -> Any:
    return Field(pattern=f"^({'|'.join(choices)})$", description=f"one of {', '.join(choices)}")


_POSITIVE = Field(gt=0.0, allow_inf_nan=False, description="a positive number")
_TEXT = Field(description="a string")
_SWITCH = Field(description="true or false")


@dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid"))
class EnvSettings:
    """What to run, how many of it, and how.

    Attributes:
        env_path: an exported game; with `project_path`, an engine binary; None: the engine that
            is found or installed. With neither, an editor's Play button is waited for.
        project_path: folder with project.godot, to run from source.
        scene_path: scene inside the project, `res://...` or relative; None for the main scene.
        num_envs: engine processes, >= 1.
        port: first TCP port, 1 to 65535, or 0 for any; a taken one is skipped and said.
        arenas: copies of the scene in each process, 1 to 4096; None: as many as make about 128
            agents over all processes.
        isolation: "shared" (arenas side by side in one physics space: fast) or "worlds" (each in
            its own World3D: bit-identical).
        action_repeat: physics ticks per decision, >= 1; None: the scene's own.
        seed: every episode is drawn from it, in [0, 2**31).
        show_window: open a window on the first engine, at the speed of the clock.
        transport: "auto" (binary when the addon offers it, else JSON), "binary" or "json".
        timeout_s: longest wait for a connection or an answer in seconds, > 0.
        env_args: further arguments for the engine.
        port_strict: a taken port is an error.
        godot: engine binary to run a project with; None: found or installed.
        screen: "auto" (headless, or a window with `show_window`, or "virtual" for a game whose
            cameras give no picture headless), "headless", "window", or "virtual" (every engine
            renders in software, e.g. camera sensors under Xvfb).
        speedup: the addon's factor on simulated time, > 0; hardly ever needed without a window.
        fixed_fps: frames per simulated second, >= 1; None: the project's physics ticks (60 for an
            exported game), tied to the clock with a window, and about one frame a decision for
            a window on a virtual screen.
        pin_cores: run each engine on one core of its own; None: where the game uses GodotPhysics,
            which gains by it (Jolt loses). Linux only.
        max_restarts: engines that fail in mid-run and are replaced within ten minutes, over all
            engines, >= 0; one more ends the run. 0: the first failure does.
        host: IPv4 address to listen on; engines of other machines connect to another than
            loopback.
        token: what an engine must send before anything else, at least 16 characters; needed on
            another address than loopback.
        start_method: how `SubprocGodotVecEnv` starts its workers, a method of `multiprocessing`;
            None: forkserver where there is one, else spawn. `GodotVecEnv` has no workers.
        twin: "module:class" of NumPy worlds that `make_simulation` makes instead of engines, one
            for each arena; None: engines.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """

    env_path: Annotated[str | None, _TEXT] = None
    project_path: Annotated[str | None, _TEXT] = None
    scene_path: Annotated[str | None, _TEXT] = None
    num_envs: Annotated[int, _whole(1)] = 1
    port: Annotated[int, _whole(0, 65535)] = DEFAULT_PORT
    arenas: Annotated[int | None, _whole(1, MAX_ARENAS)] = None
    isolation: Annotated[str, _one_of(ISOLATIONS)] = "shared"
    action_repeat: Annotated[int | None, _whole(1)] = None
    seed: Annotated[int, _whole(0, MAX_SEED)] = 0
    show_window: Annotated[bool, _SWITCH] = False
    transport: Annotated[str, _one_of(TRANSPORTS)] = "auto"
    timeout_s: Annotated[float, _POSITIVE] = 60.0
    env_args: Annotated[tuple[str, ...], Field(description="a tuple of strings")] = ()
    port_strict: Annotated[bool, _SWITCH] = False
    godot: Annotated[str | None, _TEXT] = None
    screen: Annotated[ScreenChoice, Field(description=f"one of {', '.join(SCREENS)}")] = "auto"
    speedup: Annotated[float | None, _POSITIVE] = None
    fixed_fps: Annotated[int | None, _whole(1)] = None
    pin_cores: Annotated[bool | None, _SWITCH] = None
    max_restarts: Annotated[int, _whole(0)] = 0
    host: Annotated[str, _TEXT] = "127.0.0.1"
    token: str = dataclasses.field(default="", repr=False)
    start_method: Annotated[str | None, _one_of(("fork", "spawn", "forkserver"))] = None
    twin: Annotated[str | None, _TEXT] = None

    @model_validator(mode="wrap")
    @classmethod
    def _explained(
        cls, values: Any, handler: ModelWrapValidatorHandler[EnvSettings]
    ) -> EnvSettings:
        """Turn what pydantic finds into one clear line."""
        try:
            return handler(values)
        except ValidationError as error:
            raise ConfigError("; ".join(_line(each) for each in error.errors())) from None

    def __post_init__(self) -> None:
        """Check settings that depend on each other."""
        if not is_loopback(self.host) and len(self.token) < SHORTEST_TOKEN:
            raise ConfigError(
                f"listening on {self.host} needs a token of at least {SHORTEST_TOKEN} characters, "
                "or anyone who reaches it could play the engine"
            )
        if self.scene_path is not None and self.project_path is None:
            raise ConfigError("scene_path needs project_path: an exported game has its own scene")
        if self.in_editor and self.num_envs != 1:
            raise ConfigError(
                f"num_envs is {self.num_envs}, but with neither env_path nor project_path one "
                "editor is waited for: give a project or an exported game"
            )

    @property
    def in_editor(self) -> bool:
        """True when nothing is launched and an editor's Play button starts the engine."""
        return self.env_path is None and self.project_path is None

    def as_arguments(self) -> dict[str, Any]:
        """Return the settings as the constructor arguments of environments with engines."""
        names = [each.name for each in dataclasses.fields(self) if each.name != "twin"]
        return {name: getattr(self, name) for name in names}


def _line(error: Any) -> str:
    name = str(error["loc"][0])
    settings: Any = EnvSettings
    field = settings.__pydantic_fields__.get(name)
    if field is None:
        return f"EnvSettings has no setting '{name}'"
    if name == "token":  # a secret is not repeated
        return "token must be a string"
    place = "".join(f"[{each}]" for each in error["loc"][1:] if isinstance(each, int))
    expected = "a string" if place else field.description
    return f"{name}{place} is {error['input']!r}, expected {expected}"
