"""Write the Godot addon as a zip, as the asset library has it, or below a folder."""

from __future__ import annotations

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, write, say what to do with it."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add(parser, "output", required=True, help="a file that ends in .zip, or a folder")
    given = parser.parse_args(argv)

    from rl_training.project_setup.addon_files import export_addon

    count = export_addon(given.output)
    print(f"{given.output}: {count} files below addons/godot_rl")
    print(
        "Unpack it into a project's folder, then enable Godot RL in Project > Project Settings > "
        "Plugins."
    )
    return 0
