"""Open the dashboard: a page that follows and steers all runs of a root (docs/dashboard.md)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from types import ModuleType

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import EngineTimeoutError, UsageError

_PATIENCE_S = 60.0


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, print the address and serve until Ctrl-C."""
    parser = Parser(__doc__ or "")
    flags.add(parser, "run_root")
    flags.add(parser, "port", default=5000, help="of 127.0.0.1; 0: any that is free")
    parser.add_argument(
        "--token",
        help="what clients must show, 16 characters or more; SPACETIME_RL_DASHBOARD_TOKEN if "
        "absent, else one is made for the root",
    )
    parser.add_argument(
        "--beside", type=int, metavar="PID", help="end some time after this process"
    )
    given = parser.parse_args(argv)
    configure_logging()
    server = _server()
    from rl_training.runs.paths import default_root

    root = (given.run_root or default_root()).expanduser().resolve()
    token = server.token_of(root, given.token)

    def ready(address: str) -> None:
        print(f"runs:      {root}")
        print(f"dashboard: {address}/#token={token}", flush=True)

    server.serve(root, given.port, token, ready, beside=given.beside)
    return 0


def open_beside(root: Path) -> str:
    """Open the dashboard of a root beside the run of this process, in a process of its own.

    One that serves the root already is used. It ends a minute after this process and the last page.

    Args:
        root: folder of `models/` and `logs/`.

    Returns:
        The address, with the token.

    Raises:
        UsageError: its packages are not installed.
        EngineTimeoutError: it did not begin.
    """
    from rl_training.runs.processes import package_environment

    server = _server()
    root = root.resolve()
    token = server.token_of(root, None)
    address = server.living_server(root)
    if address is None:
        words = [sys.executable, "-m", "rl_training", "dashboard", "--run_root", str(root)]
        words += ["--port", str(_free_port(server)), "--beside", str(os.getpid())]
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=package_environment(),
        )
        address = _wait(server, root, child)
    page = f"{address}/#token={token}"
    print(f"dashboard: {page}", flush=True)
    if _has_screen():
        webbrowser.open(page)
    return page


def _wait(server: ModuleType, root: Path, child: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and child.poll() is None:
        address = server.living_server(root)
        if address is not None:
            return str(address)
        time.sleep(0.05)
    raise EngineTimeoutError(
        "the dashboard did not begin; start it with `spacetime-rl dashboard` to see why"
    )


def _free_port(server: ModuleType) -> int:
    """Return the usual port, or 0 for any where it is taken."""
    return int(server.DEFAULT_PORT) if server.is_free(server.DEFAULT_PORT) else 0


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _server() -> ModuleType:
    try:
        from rl_training.dashboard import server
    except ImportError as error:
        raise UsageError(
            f"the dashboard needs the package {error.name}: pip install 'spacetime-rl[dashboard]'"
        ) from error
    return server
