"""Export presets: what Godot wants to know of each platform, as text for `export_presets.cfg`.

Called by `export` for its own temporary presets and by `export_game.py --write_presets` for the
user's. It writes no file.
"""

from __future__ import annotations

import json
import platform as machines
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

DEFAULT_INCLUDE = "*.onnx,*.json"
DEFAULT_EXCLUDE = "tests/*,build/*"

Value = str | int | bool


@dataclass(frozen=True)
class Platform:
    """A platform that Godot exports to.

    Attributes:
        godot_name: as Godot's presets call it.
        file_name: of the exported game; "{name}" stands for the game's name.
        options: the preset's options beyond Godot's defaults. "{name}" is replaced here too.
    """

    godot_name: str
    file_name: str
    options: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))


PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {
        # One file: the package is embedded, so that a game cannot lose it.
        "linux": Platform("Linux", "{name}", {"binary_format/embed_pck": True}),
        "windows": Platform(
            "Windows Desktop",
            "{name}.exe",
            {
                "binary_format/embed_pck": True,
                # Icons and version texts need another program, rcedit.
                "application/modify_resources": False,
            },
        ),
        "macos": Platform(
            "macOS",
            "{name}.zip",
            {
                "application/bundle_identifier": "org.example.{name}",
                "codesign/codesign": 1,  # Godot's own ad-hoc signature.
                "notarization/notarization": 0,
            },
        ),
        "web": Platform(
            "Web",
            "index.html",
            {
                # Without threads no server needs the headers for cross-origin isolation.
                "variant/thread_support": False,
                "html/canvas_resize_policy": 2,
                "html/focus_canvas_on_start": True,
            },
        ),
    }
)


@dataclass(frozen=True)
class Preset:
    """One preset.

    Attributes:
        platform: key of `PLATFORMS`.
        name: of the game: a file name without its ending.
        include: files that are no resources of Godot's but belong into the game, as its filter.
        exclude: files to leave out, likewise.
        template: release template; None: the one that Godot's editor has downloaded.
        etc2_astc: whether the project imports textures for ARM machines too; without it Godot
            exports for macOS on Intel only (which Macs with ARM run by translation).
    """

    platform: str
    name: str = "game"
    include: str = DEFAULT_INCLUDE
    exclude: str = DEFAULT_EXCLUDE
    template: Path | None = None
    etc2_astc: bool = False

    @property
    def title(self) -> str:
        """What the preset is called."""
        return PLATFORMS[self.platform].godot_name

    @property
    def file_name(self) -> str:
        """The exported game's file."""
        return PLATFORMS[self.platform].file_name.format(name=self.name)


def presets_text(presets: Sequence[Preset]) -> str:
    """Return the text of an `export_presets.cfg` with these presets."""
    return "\n".join(_preset_text(number, preset) for number, preset in enumerate(presets))


def _preset_text(number: int, preset: Preset) -> str:
    platform = PLATFORMS[preset.platform]
    general: dict[str, Value] = {
        "name": preset.title,
        "platform": platform.godot_name,
        "runnable": True,
        "export_filter": "all_resources",
        "include_filter": preset.include,
        "exclude_filter": preset.exclude,
        "export_path": f"build/{preset.platform}/{preset.file_name}",
    }
    options: dict[str, Value] = {"custom_template/debug": "", "custom_template/release": ""}
    if preset.platform in ("linux", "windows"):
        options["binary_format/architecture"] = _architecture()
    if preset.platform == "macos":
        options["binary_format/architecture"] = "universal" if preset.etc2_astc else "x86_64"
    for key, value in platform.options.items():
        options[key] = value.format(name=_identifier(preset)) if isinstance(value, str) else value
    if preset.template is not None:
        options["custom_template/release"] = str(preset.template)
    return f"[preset.{number}]\n\n{_lines(general)}\n[preset.{number}.options]\n\n{_lines(options)}"


def _lines(values: Mapping[str, Value]) -> str:
    # Godot's texts, numbers and truths are written as JSON's are.
    return "".join(
        f"{key}={json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()
    )


def _identifier(preset: Preset) -> str:
    return "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in preset.name)


def _architecture() -> str:
    return "arm64" if machines.machine().lower() in ("aarch64", "arm64") else "x86_64"
