"""`spacetime-rl engine`, also `python -m rl_training.engine`: the engine that will be used.

`path` prints an absolute path and nothing else, so that scripts can use it.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rl_training.commands import flags
from rl_training.commands.parser import Parser

if TYPE_CHECKING:
    from rl_training.engine.install import InstallReport

PLATFORMS = ("linux", "windows", "macos", "web")


def path(argv: list[str] | None = None) -> int:
    """Print the engine's absolute path, nothing else."""
    parser = Parser(path.__doc__ or "")
    flags.add(parser, "godot")
    given = parser.parse_args(argv)
    _log_to_stderr()

    from rl_training.engine.find import find_engine

    print(find_engine(given.godot).path)
    return 0


def version(argv: list[str] | None = None) -> int:
    """Print the engine's version, path and origin."""
    parser = Parser(version.__doc__ or "")
    flags.add(parser, "godot")
    given = parser.parse_args(argv)
    _log_to_stderr()

    from rl_training.engine.find import find_engine

    engine = find_engine(given.godot)
    print(f"Godot {engine.version_text} ({engine.source}): {engine.path}")
    return 0


def install(argv: list[str] | None = None) -> int:
    """Put an engine into the cache, and say what was done."""
    parser = Parser(install.__doc__ or "")
    add = parser.add_argument
    add("--force", action="store_true", help="fetch anew even if it is there")
    add("--with_template", action="store_true", help="also the release template")
    add("--with_xvfb", action="store_true", help="also a virtual screen (Linux)")
    given = parser.parse_args(argv)
    _log_to_stderr()

    from rl_training.engine.install import install_engine
    from rl_training.engine.xvfb import find_xvfb

    report = install_engine(
        with_template=given.with_template, with_xvfb=given.with_xvfb, force=given.force
    )
    print(describe(report))
    if given.with_xvfb:
        print(f"virtual screen: {find_xvfb()}")
    return 0


def template(argv: list[str] | None = None) -> int:
    """Print the path of the release template for exports; install it if needed."""
    parser = Parser(template.__doc__ or "")
    parser.add_argument(
        "--platform", choices=PLATFORMS, help="of the games; this machine's if absent"
    )
    flags.add(parser, "godot")
    given = parser.parse_args(argv)
    _log_to_stderr()

    from rl_training.engine.find import find_engine
    from rl_training.engine.template import find_template

    print(find_template(find_engine(given.godot), given.platform).path)
    return 0


def import_project(argv: list[str] | None = None) -> int:
    """Bring a project's .godot folder up to date."""
    parser = Parser(import_project.__doc__ or "")
    flags.add(parser, "project_path", type=Path, default=Path(), help="folder of project.godot")
    flags.add(parser, "godot")
    given = parser.parse_args(argv)
    _log_to_stderr()

    from rl_training.engine.find import find_engine
    from rl_training.engine.project import ensure_imported

    report = ensure_imported(find_engine(given.godot), given.project_path)
    what = "imported" if report.imported else "up to date"
    print(f"{given.project_path.absolute()}: {what} ({report.seconds:.2f} s)")
    return 0


def describe(report: InstallReport) -> str:
    """A few lines on what an install did: what, from where, how large, how long."""
    item = report.installation
    manifest = item.manifest
    lines = [f"failed: {attempt}" for attempt in report.attempts]
    if report.reused:
        lines.append(f"already installed: Godot {manifest.version} ({manifest.source})")
    else:
        times = ", ".join(f"{name} {value:.1f} s" for name, value in manifest.seconds.items())
        lines.append(
            f"installed Godot {manifest.version} ({manifest.source}): {len(manifest.packages)} "
            f"archives, {manifest.downloaded_bytes / 1e6:.1f} MB ({times})"
        )
    lines += [f"{component}: {item.root / file}" for component, file in manifest.files.items()]
    return "\n".join(lines)


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
