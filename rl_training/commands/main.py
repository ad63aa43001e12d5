"""`spacetime-rl` and `python -m rl_training`: find the command, run it, return its exit code."""

from __future__ import annotations

import sys

from rl_training.commands.catalogue import COMMANDS, Group, resolve
from rl_training.commands.parser import program_named
from rl_training.commands.running import run_main
from rl_training.errors import nearest

PROGRAM = "spacetime-rl"


def main() -> int:
    """Run the command of this process's arguments (the console script)."""
    return run(sys.argv[1:])


def run(words: list[str], program: str = PROGRAM) -> int:
    """Run one command.

    Args:
        words: of the command line, without the program.
        program: its name in usage lines.

    Returns:
        The exit code: 0, 1 when a check fails, 2 on wrong use.
    """
    if words[:1] == ["--version"]:
        print(f"{PROGRAM} {_version()}")
        return 0
    found = resolve(words)
    if found is None:
        return _help_or_mistake(words)
    name, command, rest = found
    shown = program if program.endswith(name.split()[0]) else f"{program} {name}"
    with program_named(shown):
        try:
            return run_main(lambda: command.load()(rest))
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else 0


def _help_or_mistake(words: list[str]) -> int:
    """Print the help that was asked for, or what was wrong and which name is near."""
    group = COMMANDS.get(words[0]) if words else None
    rest = words[1:] if isinstance(group, Group) else words
    if not rest or rest[0] in ("-h", "--help", "help"):
        print(_group_help(words[0], group) if isinstance(group, Group) else help_text())
        return 0 if rest or not words else 2
    known = group.commands if isinstance(group, Group) else COMMANDS
    where = f"{words[0]}: " if isinstance(group, Group) else ""
    hint = nearest(rest[0], known)
    listed = ", ".join(known)
    print(f"error: {where}no command {rest[0]!r}.{hint} Known: {listed}", file=sys.stderr)
    return 2


def help_text() -> str:
    """Return the help of the whole program."""
    width = max(len(name) for name in COMMANDS)
    lines = [
        f"usage: {PROGRAM} COMMAND [flags]",
        "",
        "Train, ship and gate game-playing agents on the real Godot engine.",
        "",
        "commands:",
        *(f"  {name:{width}}  {entry.help}" for name, entry in COMMANDS.items()),
        "",
        f"{PROGRAM} COMMAND --help tells a command's flags; {PROGRAM} --version the version.",
        "",
        "a game of yours:",
        f"  {PROGRAM} init path/to/project",
        f"  {PROGRAM} doctor --project_path path/to/project",
        f"  {PROGRAM} train --project_path path/to/project --experiment_name first",
        "the shipped scene:",
        f"  {PROGRAM} train --scenario vr_locomotion",
    ]
    return "\n".join(lines)


def _group_help(name: str, group: Group) -> str:
    width = max(len(each) for each in group.commands)
    lines = [f"usage: {PROGRAM} {name} COMMAND [flags]", "", group.help, "", "commands:"]
    for each, command in group.commands.items():
        default = " (if none is named)" if each == group.default else ""
        lines.append(f"  {each:{width}}  {command.help}{default}")
    return "\n".join(lines)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("spacetime-rl")
    except PackageNotFoundError:
        return "unknown (not installed; from a clone)"


if __name__ == "__main__":
    sys.exit(main())
