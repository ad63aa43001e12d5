"""A running Xvfb, on a display number of its own choosing (Linux).

Called by `envs` for a window on a machine without a screen. Finding and installing the program is
`xvfb`'s business.
"""

from __future__ import annotations

import os
import select
import subprocess
from pathlib import Path

from rl_training.engine.guardian import GUARDIAN
from rl_training.errors import EngineStartError

_START_S = 10.0
_STOP_S = 3.0


class VirtualScreen:
    """An X server without hardware; use it in a `with` block.

    Args:
        program: Xvfb.
        size: width and height in pixels.

    Raises:
        EngineStartError: it did not start; raised on entering the block.
    """

    def __init__(self, program: Path, size: tuple[int, int] = (1280, 720)) -> None:
        self._program = program
        self._size = size
        self._process: subprocess.Popen[bytes] | None = None
        self.display = ""

    def __enter__(self) -> VirtualScreen:
        """Start the server and wait until it tells its display."""
        reader, writer = os.pipe()
        width, height = self._size
        try:
            self._process = subprocess.Popen(
                [
                    str(self._program),
                    *("-displayfd", str(writer)),
                    *("-screen", "0", f"{width}x{height}x24"),
                    *("-nolisten", "tcp"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(writer,),
                start_new_session=True,
            )
            GUARDIAN.watch(self._process.pid)
            os.close(writer)
            writer = -1
            self.display = f":{_read_line(reader)}"
        except (OSError, ValueError) as error:
            self.stop()
            raise EngineStartError(
                f"the virtual screen {self._program} did not start: {error}"
            ) from error
        finally:
            os.close(reader)
            if writer >= 0:
                os.close(writer)
        return self

    def __exit__(self, *_exception: object) -> None:
        """End the server."""
        self.stop()

    def stop(self) -> None:
        """End the server; may be called again."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        GUARDIAN.forget(process.pid)


def _read_line(descriptor: int) -> int:
    """Return the number that the server writes once it can be used."""
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], _START_S)
        if not ready:
            raise ValueError(f"it told no display within {_START_S:g} s")
        received = os.read(descriptor, 32)
        if not received:
            raise ValueError("it ended at once")
        text += received
    return int(text)
