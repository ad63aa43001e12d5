"""Rewrites project.godot: the plugin's entry, the autoloads, and the features that .NET needs.

Called by `plan`. It changes the lines that it must and keeps all others.
"""

from __future__ import annotations

import re

from rl_training.migration.report import Entry, change, left, note
from rl_training.migration.stock import AUTOLOAD, MONITOR, OUR_FOLDER, STOCK_FOLDER

FILE = "project.godot"
_SECTION = re.compile(r"^\[(?P<name>[\w/ .-]+)\]\s*$")
_SYNC = f"res://{OUR_FOLDER}/sync.gd"
_MONITOR = f"res://{OUR_FOLDER}/monitor/performance_monitor.gd"
_PLUGIN = f"res://{OUR_FOLDER}/plugin.cfg"
_STOCK_TICKS = 60


class Settings:
    """The lines of a project.godot while they are being rewritten."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines(keepends=True)
        self._end = "\r\n" if "\r\n" in text else "\n"

    @property
    def text(self) -> str:
        """The file as it is now."""
        return "".join(self._lines)

    def keys(self, section: str) -> dict[str, int]:
        """Return the index of the line of each key of a section."""
        found: dict[str, int] = {}
        start, end = self._bounds(section)
        for index in range(start, end):
            key, equals, _ = self._lines[index].partition("=")
            if equals and re.fullmatch(r"[\w/.\-]+", key.strip()):
                found.setdefault(key.strip(), index)
        return found

    def value(self, section: str, key: str) -> str:
        """Return a one-line value as written, "" where it is not set."""
        at = self.keys(section).get(key)
        return "" if at is None else self._lines[at].partition("=")[2].strip()

    def set(self, section: str, key: str, value: str) -> int:
        """Write a key, making its section where there is none; returns its line, from 1."""
        at = self.keys(section).get(key)
        line = f"{key}={value}{self._end}"
        if at is not None:
            self._lines[at] = line
            return at + 1
        start, end = self._bounds(section)
        if start < 0:
            start = self._make(section)
            end = start + 1
        while end > start and not self._lines[end - 1].strip():
            end -= 1
        if end == start:
            self._lines.insert(start, self._end)
            end = start + 1
        self._lines.insert(end, line)
        return end + 1

    def remove(self, section: str, key: str) -> None:
        """Take a key away; its section too, when that is empty then."""
        at = self.keys(section).get(key)
        if at is not None:
            del self._lines[at]
        start, end = self._bounds(section)
        if start > 0 and not any(line.strip() for line in self._lines[start:end]):
            del self._lines[start - 1 : end]

    def _bounds(self, section: str) -> tuple[int, int]:
        start = -1
        for index, line in enumerate(self._lines):
            match = _SECTION.match(line)
            if match and start >= 0:
                return start, index
            if match and match["name"] == section:
                start = index + 1
        return (start, len(self._lines)) if start >= 0 else (-1, -1)

    def _make(self, section: str) -> int:
        """Insert a section in its alphabetical place, as the editor writes it."""
        at = len(self._lines)
        for index, line in enumerate(self._lines):
            match = _SECTION.match(line)
            if match and match["name"] > section:
                at = index
                break
        if at == len(self._lines):
            if self._lines and not self._lines[-1].endswith("\n"):
                self._lines[-1] += self._end
            self._lines.append(self._end)
            at += 1
        self._lines[at:at] = [f"[{section}]{self._end}", self._end]
        return at + 1


def migrate_settings(text: str, *, drop_dotnet: bool) -> tuple[str, list[Entry]]:
    """Return the migrated project.godot and the report's entries for it.

    Args:
        text: the file as it is.
        drop_dotnet: the project needs no .NET any more.
    """
    settings = Settings(text)
    entries: list[Entry] = []
    # In the order of the sections, so that the lines told are those of the finished file.
    if drop_dotnet:
        _features(settings, entries)
    _autoloads(settings, entries)
    _plugins(settings, entries)
    ticks = settings.value("physics", "common/physics_ticks_per_second")
    if ticks.isdigit() and int(ticks) != _STOCK_TICKS:
        line = settings.keys("physics")["common/physics_ticks_per_second"] + 1
        found = f"{ticks} physics ticks a second are kept; the stock plugin set {_STOCK_TICKS}"
        remedy = f"For policies trained with it set {_STOCK_TICKS}"
        entries.append(note(FILE, line, found, remedy))
    return settings.text, entries


def _plugins(settings: Settings, entries: list[Entry]) -> None:
    value = settings.value("editor_plugins", "enabled")
    listed = [path for path in re.findall(r'"([^"]*)"', value) if STOCK_FOLDER not in path.lower()]
    if _PLUGIN not in listed:
        listed.append(_PLUGIN)
    new = "PackedStringArray(" + ", ".join(f'"{path}"' for path in listed) + ")"
    if value != new:
        line = settings.set("editor_plugins", "enabled", new)
        entries.append(change(FILE, line, f"enabled the editor plugin {_PLUGIN}"))


def _autoloads(settings: Settings, entries: list[Entry]) -> None:
    stock = re.compile(re.escape(f"res://{STOCK_FOLDER}/"), re.IGNORECASE)
    for name in list(settings.keys("autoload")):
        value = settings.value("autoload", name)
        if stock.search(value) and name != AUTOLOAD:
            settings.remove("autoload", name)
            entries.append(
                left(
                    FILE,
                    0,
                    f"the autoload {name} ({value}) was taken out",
                    f"Where scripts name {name}, write {AUTOLOAD}",
                )
            )
    _add_sync(settings, entries, stock)
    # One of the user's own under that name is kept, as the plugin keeps it.
    if not settings.value("autoload", MONITOR):
        line = settings.set("autoload", MONITOR, f'"*{_MONITOR}"')
        entries.append(change(FILE, line, f"added the autoload {MONITOR}"))


def _add_sync(settings: Settings, entries: list[Entry], stock: re.Pattern[str]) -> None:
    value = settings.value("autoload", AUTOLOAD)
    if value.strip('"').lstrip("*") == _SYNC:
        return
    if value and not stock.search(value):
        found = f"the autoload {AUTOLOAD} is {value}"
        entries.append(left(FILE, 0, found, f'Make it "*{_SYNC}"'))
        return
    line = settings.set("autoload", AUTOLOAD, f'"*{_SYNC}"')
    entries.append(change(FILE, line, f"added the autoload {AUTOLOAD}"))


def _features(settings: Settings, entries: list[Entry]) -> None:
    value = settings.value("application", "config/features")
    new = re.sub(r'"C#"\s*,\s*|\s*,\s*"C#"|"C#"', "", value)
    if new != value:
        line = settings.set("application", "config/features", new)
        entries.append(change(FILE, line, 'took "C#" out of the features'))
    if settings.keys("dotnet"):
        for key in list(settings.keys("dotnet")):
            settings.remove("dotnet", key)
        entries.append(change(FILE, 0, "took out the section [dotnet]"))
