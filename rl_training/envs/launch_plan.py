"""From settings to command lines: which engine, which arguments, for each process.

Called by both environments. Here `engine` (finding, importing, launching) meets the settings.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from rl_training.engine import display_environment, ensure_imported, find_engine, find_xvfb
from rl_training.engine.launch import EngineCommand, Screen, usable_cores
from rl_training.engine.virtual_screen import VirtualScreen
from rl_training.envs.game import (
    Game,
    check_executable,
    read_export,
    read_project,
    require_autoload,
)
from rl_training.envs.settings import TOKEN_VARIABLE, EnvSettings
from rl_training.errors import UsageError
from rl_training.limits import agents_per_engine
from rl_training.protocol.listener import LOOPBACK

_log = logging.getLogger(__name__)

# Godot's default of physics/common/max_physics_steps_per_frame.
_MAX_TICKS_PER_FRAME = 8
_JOLT = "Jolt Physics"
_TOKEN_BYTES = 16
DRAW_WINDOW = "rl.draw_window"
"""The launch argument that says whether the game's window is drawn."""
_TOKEN_ARGUMENTS = ("token=", "rl.token=")


@dataclass(frozen=True)
class LaunchPlan:
    """What will be launched, once ports are known.

    Attributes:
        settings: where the plan comes from.
        game: what is run; None when an editor is waited for.
        binary: what is executed; None when an editor is waited for.
        arenas: copies of the scene in each process; None when each chooses them by `agents`, or
            when the game cannot be told.
        agents: how many agents each process should hold; None when that is not asked for.
        needs_screen: True when no screen is there and a virtual one must be started.
        environment: variables with which the engine finds its drivers when it draws.
        cores: engines are bound to these in turn; empty: to none.
        token: what the engines send first; empty: nothing. Without one of the user's own, a game
            that knows tokens gets one that was drawn for this plan: an engine of another run that
            comes to the same port is then refused.
    """

    settings: EnvSettings
    game: Game | None
    binary: Path | None
    arenas: int | None
    agents: int | None = None
    needs_screen: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    cores: tuple[int, ...] = ()
    token: str = field(default="", repr=False)

    @contextlib.contextmanager
    def screen(self) -> Iterator[LaunchPlan]:
        """Start a virtual screen for the time of the block if one is needed.

        Yields:
            The plan whose engines draw on it.
        """
        if not self.needs_screen:
            yield self
            return
        xvfb = find_xvfb()
        assert xvfb is not None, "make_plan checked it"
        with VirtualScreen(xvfb) as screen:
            yield replace(self, environment=(*self.environment, ("DISPLAY", screen.display)))

    def command(self, index: int, port: int) -> EngineCommand | None:
        """Return what starts engine `index` (from 0), or None when an editor is waited for."""
        if self.game is None or self.binary is None:
            return None
        settings = self.settings
        screen = self._screen(index)
        fps = settings.fixed_fps
        if fps is None and screen != "window":
            fps = self.game.physics_ticks
            if screen == "virtual" and settings.screen != "virtual":
                fps = -(-fps // self._ticks_per_unseen_frame())
        return EngineCommand(
            binary=self.binary,
            project_path=self.game.project_path,
            scene_path=self.game.scene_path,
            screen=screen,
            fixed_fps=fps,
            options=self._options(index, port),
            extra_args=settings.env_args,
            environment=self._environment(screen),
            core=self.cores[index % len(self.cores)] if self.cores else None,
        )

    def _environment(self, screen: Screen) -> tuple[tuple[str, str], ...]:
        variables = () if screen == "headless" else self.environment
        return (*variables, (TOKEN_VARIABLE, self.token)) if self.token else variables

    def _ticks_per_unseen_frame(self) -> int:
        """Return physics ticks per frame for a window that nobody sees: about one decision.

        Drawing in software costs far more than the simulation, which does not change with it.
        """
        repeat = self.settings.action_repeat or _MAX_TICKS_PER_FRAME
        return min(repeat, _MAX_TICKS_PER_FRAME)

    def _screen(self, index: int) -> Screen:
        choice = self.settings.screen
        if choice == "auto":
            choice = "window" if self.settings.show_window and index == 0 else "headless"
        if choice == "window":
            if index > 0:
                return "headless"
            return "virtual" if self.needs_screen else "window"
        return choice

    def _options(self, index: int, port: int) -> tuple[tuple[str, str], ...]:
        settings = self.settings
        options: dict[str, object] = {"port": port}
        if settings.host not in (LOOPBACK, "0.0.0.0", "localhost"):
            options["host"] = settings.host
        if self.agents is not None:
            # The addon counts the scene's agents; its place is told in engines.
            options["env_seed"] = settings.seed
            options["rl.agents_per_engine"] = self.agents
            options["isolation"] = settings.isolation
            options["arena_offset"] = index
            options["arena_total"] = settings.num_envs
        elif self.arenas is None:
            # The stock plugin knows no arenas: engines must differ by their seed.
            options["env_seed"] = settings.seed + index
        else:
            options["env_seed"] = settings.seed
            options["arenas"] = self.arenas
            options["isolation"] = settings.isolation
            options["arena_offset"] = index * self.arenas
            options["arena_total"] = settings.num_envs * self.arenas
        if settings.action_repeat is not None:
            options["action_repeat"] = settings.action_repeat
        if settings.speedup is not None:
            options["speedup"] = f"{settings.speedup:g}"
        if settings.screen == "virtual":
            # Nobody sees the window: only cameras, and pictures that are asked for, are drawn.
            options[DRAW_WINDOW] = 0
        return tuple((name, str(value)) for name, value in options.items())


def make_plan(settings: EnvSettings, *, told: bool = True) -> LaunchPlan:
    """Check the game's files, find the engine and import the project.

    Args:
        settings: what is wanted.
        told: log what is chosen for the machine.

    Raises:
        ProjectError: the project or the exported game cannot be used, or the addon's autoload is
            missing.
        SceneNotFoundError: the scene does not exist.
        EngineNotFoundError: no engine was found and none could be installed.
        UsageError: a window was asked for on a machine without a screen.
    """
    if settings.in_editor:
        return LaunchPlan(settings, None, None, None, token=settings.token)
    needs_screen = _lacks_screen(settings)
    environment: dict[str, str] = {}
    if settings.project_path is not None:
        game = read_project(settings.project_path, settings.scene_path)
        assert game.project_path is not None
        if game.has_our_addon:
            require_autoload(game.project_path)
        if settings.env_path is not None:
            check_executable(Path(settings.env_path))
        engine = find_engine(settings.godot or settings.env_path)
        ensure_imported(engine, game.project_path)
        binary = engine.path
        environment = display_environment(engine)
    else:
        assert settings.env_path is not None
        game = read_export(settings.env_path)
        assert game.binary is not None
        binary = game.binary
    return LaunchPlan(
        settings=settings,
        game=game,
        binary=binary,
        arenas=settings.arenas if game.has_our_addon else None,
        agents=_agents(settings, game),
        needs_screen=needs_screen,
        environment=tuple(environment.items()),
        cores=_choose_cores(settings, game, told),
        token=settings.token or _own_token(settings, game),
    )


def _own_token(settings: EnvSettings, game: Game) -> str:
    """Return a token for this launch alone, or "" where the engine could not send it."""
    given = any(word.removeprefix("--").startswith(_TOKEN_ARGUMENTS) for word in settings.env_args)
    return secrets.token_hex(_TOKEN_BYTES) if game.knows_tokens and not given else ""


def _agents(settings: EnvSettings, game: Game) -> int | None:
    """Return how many agents an engine should hold; None: so many copies as the settings say."""
    if not game.has_our_addon:
        if settings.arenas not in (None, 1):
            raise UsageError(
                f"arenas is {settings.arenas}, but the game carries godot-rl's stock plugin, "
                "which has no arenas; leave it out or use addons/godot_rl"
            )
        return None
    return agents_per_engine(settings.num_envs) if settings.arenas is None else None


def _choose_cores(settings: EnvSettings, game: Game, told: bool) -> tuple[int, ...]:
    """Return the cores to which engines are bound in turn: none for Jolt, which uses several."""
    wanted = settings.pin_cores
    if wanted is None:
        wanted = game.physics_engine not in ("", _JOLT) and not settings.show_window
    cores = usable_cores() if wanted else ()
    if settings.pin_cores and not cores:
        _log.warning("engines cannot be bound to cores on this system")
    if game.physics_engine and told:
        engine = "GodotPhysics" if game.physics_engine == "DEFAULT" else game.physics_engine
        _log.info("physics: %s; %s", engine, "one core an engine" if cores else "all cores")
    return cores


def _lacks_screen(settings: EnvSettings) -> bool:
    """Return whether something is to be drawn and a virtual screen has to be started for it."""
    wanted = settings.screen in ("window", "virtual") or (
        settings.screen == "auto" and settings.show_window
    )
    if not wanted or sys.platform in ("win32", "darwin"):
        return False
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return False
    if find_xvfb() is None:
        raise UsageError(
            "a window was asked for, but this machine has no screen (DISPLAY is not set) and no "
            "Xvfb; run without the window or install Xvfb"
        )
    if settings.screen != "virtual":
        _log.warning("this machine has no screen: the window opens on a virtual one (Xvfb)")
    return True
