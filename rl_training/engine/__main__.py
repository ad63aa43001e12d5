"""`python -m rl_training.engine install|path|version|template|import`: the engine to be used."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from rl_training.engine.binary import EngineBinary
from rl_training.engine.find import find_engine
from rl_training.engine.install import InstallReport, install_engine
from rl_training.engine.project import ensure_imported
from rl_training.engine.template import PLATFORMS, find_template
from rl_training.engine.xvfb import find_xvfb
from rl_training.errors import HarnessError


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    try:
        if options.command == "install":
            _install(options)
        else:
            _use(options)
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rl_training.engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    install = commands.add_parser("install", help="put an engine into the cache, say what was done")
    install.add_argument("--force", action="store_true", help="fetch anew even if it is there")
    install.add_argument("--with-template", action="store_true", help="also the release template")
    install.add_argument("--with-xvfb", action="store_true", help="also a virtual screen (Linux)")
    path = commands.add_parser("path", help="print the engine's absolute path, nothing else")
    version = commands.add_parser("version", help="print the engine's version, path and origin")
    template = commands.add_parser(
        "template", help="print the path of the release template for exports, install it if needed"
    )
    template.add_argument("--platform", choices=PLATFORMS, help="of the games (this machine's)")
    import_ = commands.add_parser("import", help="bring a project's .godot folder up to date")
    import_.add_argument("--project", type=Path, default=Path(), help="folder of project.godot")
    for command in (path, version, template, import_):
        command.add_argument("--godot", metavar="PATH", help="engine to use (else GODOT_BIN, ...)")
    return parser


def _install(options: argparse.Namespace) -> None:
    report = install_engine(
        with_template=options.with_template, with_xvfb=options.with_xvfb, force=options.force
    )
    print(describe(report))
    if options.with_xvfb:
        print(f"virtual screen: {find_xvfb()}")


def _use(options: argparse.Namespace) -> None:
    engine: EngineBinary = find_engine(options.godot)
    if options.command == "path":
        print(engine.path)
    elif options.command == "version":
        print(f"Godot {engine.version_text} ({engine.source}): {engine.path}")
    elif options.command == "template":
        print(find_template(engine, options.platform).path)
    else:
        report = ensure_imported(engine, options.project)
        what = "imported" if report.imported else "up to date"
        print(f"{options.project.absolute()}: {what} ({report.seconds:.2f} s)")


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


if __name__ == "__main__":
    sys.exit(main())
