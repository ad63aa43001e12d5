"""Everything that makes an environment, as one frozen value that can be pickled.

Both vectorised environments are built from it, in this process, in a worker, or on another machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from rl_training.errors import ConfigError
from rl_training.protocol.listener import is_loopback

DEFAULT_PORT = 11008
MAX_SEED = 2**31
SHORTEST_TOKEN = 16
TOKEN_VARIABLE = "SPACETIME_RL_TOKEN"
"""Where an engine finds the token; on a command line every user of the machine could read it."""
ScreenChoice = Literal["auto", "headless", "window", "virtual"]


@dataclass(frozen=True)
class EnvSettings:
    """What to run, how many of it, and how.

    Attributes:
        env_path: an exported game; with `project_path`, an engine binary; or None.
        project_path: folder with project.godot, to run from source.
        scene_path: scene inside the project, `res://...` or relative; None for the main scene.
        num_envs: engine processes, >= 1.
        port: first TCP port, 1 to 65535, or 0 for any; a taken one is skipped.
        arenas: copies of the scene in each process, >= 1; None: chosen, about 128 in total.
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
        max_restarts: engines that fail in mid-run and are replaced within ten minutes, over all
            engines, >= 0; one more ends the run. 0: the first failure does.
        host: IPv4 address to listen on; engines of other machines connect to another than
            loopback.
        token: what an engine must send before anything else, at least 16 characters; needed on
            another address than loopback.
        pin_cores: run each engine on one core of its own; None: where the game uses GodotPhysics,
            which gains by it (Jolt loses). Linux only.
    """

    env_path: str | None = None
    project_path: str | None = None
    scene_path: str | None = None
    num_envs: int = 1
    port: int = DEFAULT_PORT
    arenas: int | None = None
    isolation: str = "shared"
    action_repeat: int | None = None
    seed: int = 0
    show_window: bool = False
    transport: str = "auto"
    timeout_s: float = 60.0
    env_args: tuple[str, ...] = ()
    port_strict: bool = False
    godot: str | None = None
    screen: ScreenChoice = "auto"
    speedup: float | None = None
    fixed_fps: int | None = None
    pin_cores: bool | None = None
    max_restarts: int = 0
    host: str = "127.0.0.1"
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        _at_least("num_envs", self.num_envs, 1)
        for name in ("arenas", "action_repeat", "fixed_fps"):
            if getattr(self, name) is not None:
                _at_least(name, getattr(self, name), 1)
        _at_least("port", self.port, 0)
        _at_least("max_restarts", self.max_restarts, 0)
        if self.port > 65535:
            raise ConfigError(f"port is {self.port}, expected 0 to 65535")
        _at_least("seed", self.seed, 0)
        if self.seed >= MAX_SEED:
            raise ConfigError(f"seed is {self.seed}, expected 0 to {MAX_SEED - 1}")
        _one_of("isolation", self.isolation, ("shared", "worlds"))
        _one_of("screen", self.screen, ("auto", "headless", "window", "virtual"))
        _one_of("transport", self.transport, ("auto", "binary", "json"))
        for name in ("timeout_s", "speedup"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < float("inf"):
                raise ConfigError(f"{name} is {value}, expected a positive number")
        if not isinstance(self.env_args, tuple):
            raise ConfigError(f"env_args is {self.env_args!r}, expected a tuple of strings")
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
        """Return the settings as the environments' constructor arguments."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def _at_least(name: str, value: Any, lowest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
        raise ConfigError(f"{name} is {value!r}, expected a whole number >= {lowest}")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"{name} is {value!r}, expected one of {', '.join(known)}")
