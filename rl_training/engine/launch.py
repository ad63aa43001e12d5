"""One engine process: its command line, its log, and its certain end.

Called by `envs` and by whatever plays a model in the engine. It knows nothing of the wire: a port
is a number on the command line.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rl_training.engine.guardian import GUARDIAN
from rl_training.engine.log_files import open_log, remove_stale_logs
from rl_training.engine.log_messages import EngineMessages
from rl_training.engine.log_tail import read_tail, telling_line
from rl_training.engine.log_watch import LogWatch
from rl_training.errors import EngineStartError
from rl_training.interruption import shielded

_log = logging.getLogger(__name__)

Screen = Literal["headless", "window", "virtual"]

_KILL_WAIT_S = 5.0
_LOG_LINES = 400
# A session (POSIX) or group (Windows) of its own keeps Ctrl-C in the terminal from the engine:
# Python ends it in good order.
_CREATION_FLAGS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


@dataclass(frozen=True)
class EngineCommand:
    """What to run.

    Attributes:
        binary: the engine (with `project_path`) or an exported game.
        project_path: folder with project.godot, to run from source; None for an exported game.
        scene_path: res:// path of the scene; None for the project's main scene.
        screen: "headless", "window" (the machine's screen), or "virtual" (a screen without a
            graphics card, such as Xvfb: software rendering and no sound).
        fixed_fps: frames per simulated second, normally the physics ticks per second; decouples
            the engine from the clock. None ties it to the clock.
        options: the addon's launch arguments, name to value, as `--name=value`.
        extra_args: further arguments, as they are.
        environment: variables that are added to this process's own.
        core: the one processor core that the engine may use, with a worker thread less; None:
            all. Linux only.
    """

    binary: Path
    project_path: Path | None = None
    scene_path: str | None = None
    screen: Screen = "headless"
    fixed_fps: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    extra_args: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    core: int | None = None

    def argv(self) -> list[str]:
        """Return the command line. Godot wants `--fixed-fps` and its number as two arguments."""
        words = [str(self.binary)]
        if self.screen == "headless":
            # A game with OpenXR switched on would look for a headset, with errors where none is.
            words += ["--headless", "--xr-mode", "off"]
        elif self.screen == "virtual":
            words += ["--rendering-driver", "opengl3", "--rendering-method", "gl_compatibility"]
            words += ["--audio-driver", "Dummy"]
        if self.fixed_fps is not None:
            words += ["--fixed-fps", str(self.fixed_fps)]
        if self.project_path is not None:
            words += ["--path", str(self.project_path)]
            if self.scene_path is not None:
                words.append(self.scene_path)
        words += [f"--{name}={value}" for name, value in self.options]
        return [*words, *self.extra_args]


class EngineProcess:
    """A running engine in its own session, with its output in a temporary file.

    A launched process ends when `stop` is called, at the interpreter's exit, and soon after this
    Python process was killed. Use it in a `with` block, or call `stop`; calling it twice is safe.

    Args:
        command: what to run.

    Raises:
        EngineStartError: the system cannot run the binary.
    """

    def __init__(self, command: EngineCommand) -> None:
        self.command = command
        _remove_stale_logs_once()
        # A signal between the start and its entry here would leave the engine and its log behind.
        with shielded():
            self._start()
        _log.debug("engine %d: %s", self._process.pid, " ".join(command.argv()))

    def _start(self) -> None:
        command = self.command
        self._log_descriptor, self.log_path = open_log()
        self._log_watch = LogWatch(self.log_path, self._log_descriptor)
        try:
            with _on_core(command.core):
                self._process: subprocess.Popen[bytes] = subprocess.Popen(
                    command.argv(),
                    stdin=subprocess.DEVNULL,
                    stdout=self._log_descriptor,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **dict(command.environment)},
                    start_new_session=sys.platform != "win32",
                    creationflags=_CREATION_FLAGS,
                )
        except OSError as error:
            self._remove_log()
            raise EngineStartError(
                f"{command.binary} cannot be run: {error.strerror or error}"
            ) from error
        _RUNNING.add(self)
        GUARDIAN.watch(self.pid, self.log_path)

    def __enter__(self) -> EngineProcess:
        """Return the running process."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop the process."""
        self.stop()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code (negative: the signal that ended it), or None while it runs."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> int | None:
        """Wait for the end and return the exit code, or None after `timeout_s` seconds."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def tail(self, count: int = 20) -> list[str]:
        """Return at most the last `count` lines of the engine's output."""
        return read_tail(self.log_path, count)

    def new_script_errors(self) -> list[str]:
        """Return run-time errors of the game's scripts that were not returned before.

        Each is one line with message, file and line. It costs a system call when nothing was
        printed.
        """
        return self._log_watch.new_script_errors()

    def new_addon_warnings(self) -> list[str]:
        """Return the addon's warnings that were not returned before, each once."""
        self.messages()  # of an engine that ended, its last words too
        return self._log_watch.new_addon_warnings()

    def messages(self) -> EngineMessages:
        """Return how many errors and warnings the engine's log has, and which."""
        return self._log_watch.messages(ended=self.poll() is not None)

    def first_script_error(self) -> str:
        """Return the first error of the game's scripts in the log, or an empty string."""
        self._log_watch.new_script_errors()
        return self._log_watch.first_script_error

    def reported_error(self) -> str:
        """Return what the addon says cannot go on, or the first script error; empty: nothing."""
        line = telling_line(self.tail(_LOG_LINES))
        if "godot_rl: " in line:
            return line.partition("godot_rl: ")[2]
        return line if "SCRIPT ERROR" in line else ""

    def describe_end(self) -> str:
        """Return one line on how the process ended and what its log says about it."""
        code = self.poll()
        if code is None:
            ended = "it is still running"
        elif code < 0:
            ended = f"it was ended by signal {_signal_name(-code)}"
        else:
            ended = f"it exited with code {code}"
        reason = telling_line(self.tail(_LOG_LINES))
        return f"{ended}; its log says: {reason}" if reason else f"{ended} and printed nothing"

    def stop(self, timeout_s: float = 2.0) -> int | None:
        """End the process: wait, then terminate, then kill; remove its log.

        Args:
            timeout_s: seconds to wait for an end of its own, and again after terminate, >= 0.

        Returns:
            The exit code; None only if the system could not even kill the process.
        """
        code = self.wait(timeout_s)
        if code is None:
            _log.debug("engine %d did not end by itself, terminating it", self.pid)
            self._signal(kill=False)
            code = self.wait(timeout_s)
        if code is None:
            self._signal(kill=True)
            code = self.wait(_KILL_WAIT_S)
        if code is not None:
            self._reap_session()
        _RUNNING.discard(self)
        self._remove_log()
        if code is not None:
            GUARDIAN.forget(self.pid)
        return code

    def _remove_log(self) -> None:
        """Close the log, whose lock ends with it, and remove it; twice is safe."""
        descriptor, self._log_descriptor = self._log_descriptor, -1
        with contextlib.suppress(OSError):
            if descriptor >= 0:
                os.close(descriptor)
            self.log_path.unlink(missing_ok=True)

    def _signal(self, kill: bool) -> None:
        """Signal the process and, on POSIX, whatever it started in its session."""
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.terminate()
            else:
                os.killpg(self.pid, signal.SIGKILL if kill else signal.SIGTERM)

    def _reap_session(self) -> None:
        """Kill children that outlived a launcher script."""
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def usable_cores() -> tuple[int, ...]:
    """Return the cores that this process may use; empty where a process cannot be bound to one."""
    if sys.platform != "linux":
        return ()
    return tuple(sorted(os.sched_getaffinity(0)))


@contextlib.contextmanager
def _on_core(core: int | None) -> Iterator[None]:
    """Bind this thread to a core, so that a process started in the block inherits it.

    The engine counts its cores when it starts, so it has to be bound before.
    """
    if core is None or sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@functools.cache
def _remove_stale_logs_once() -> None:
    count = remove_stale_logs()
    if count:
        _log.debug("removed %d engine logs of runs that were killed", count)


_RUNNING: set[EngineProcess] = set()


@atexit.register
def _stop_all() -> None:
    """End what a program that failed left running."""
    for process in list(_RUNNING):
        process.stop(timeout_s=0.0)
    GUARDIAN.close()
