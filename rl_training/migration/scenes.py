"""Rewrites one scene or resource in Godot's text format.

Called by `plan`. Paths and uids of the plugin; nodes that the plugin's sensors had stored in the
scene; overrides inside its camera scenes; defaults that differ; scripts inside the scene. It knows
the format (`scene_text`) and the tables (`stock`); it writes no file.
"""

from __future__ import annotations

import re

from rl_training.migration.context import Context
from rl_training.migration.report import Entry, change, left
from rl_training.migration.scene_text import (
    Section,
    read_sections,
    reference_id,
    start_lines,
    unquoted,
    write_sections,
)
from rl_training.migration.scripts import migrate_script, rewrite_references
from rl_training.migration.stock import CONTROLLERS, FILES, our_path, stock_file

_STORED = re.compile(r"^_*(?:@?node_\d|@?RayCast[23]D|GridCell|@?Area[23]D|@?_*GridCell)")
_STORED_TYPES = {
    "RaycastSensor2D": "RayCast2D",
    "RaycastSensor3D": "RayCast3D",
    "GridSensor2D": "Area2D",
    "GridSensor3D": "Area3D",
    "CastingGridSensor3D": "Area3D",
}
_SOURCE = re.compile(r'^(script/source\s*=\s*")((?:[^"\\]|\\.)*)(")', re.DOTALL)
# Parts of the stock camera scenes that ours does not have: the preview and a helper.
_PREVIEW = re.compile(r"^(?:RemoteTransform\w*|Control(?:/.*)?)$")
_LENS = {"SubViewport/Camera3D": "SubViewport/Camera"}
_OWN_SIZE = "render_image_resolution"
_OUR_SIZE = "Vector2i(36, 36)"


class _Scene:
    """One scene while it is being rewritten."""

    def __init__(self, file: str, text: str, context: Context) -> None:
        self.file = file
        self.context = context
        self.sections = read_sections(text)
        # Stock files by the id of the resource, and of each node by its path.
        self.stock_ids: dict[str, str] = {}
        self.scripts: dict[str, str] = {}
        self.sensors: dict[str, str] = {}
        self.cameras: dict[str, Section] = {}
        self._entries: list[tuple[Section, Entry]] = []

    def migrate(self) -> tuple[str, list[Entry]]:
        self._resources()
        self._find_nodes()
        for section in self.sections:
            if section.kind == "node":
                self._node(section)
        self._stored_nodes()
        self._camera_overrides()
        self._camera_sizes()
        self._other_lines()
        starts = start_lines(self.sections)
        entries = [
            Entry(entry.kind, entry.file, entry.line + starts[id(at)] - 1, entry.text, entry.remedy)
            for at, entry in self._entries
        ]
        return write_sections(self.sections), entries

    def _say(self, section: Section, entry: Entry) -> None:
        self._entries.append((section, entry))

    def _resources(self) -> None:
        for section in self.sections:
            if section.kind != "ext_resource":
                continue
            path, uid = section.attribute("path"), section.attribute("uid")
            key = section.attribute("id")
            inside = stock_file(path) or self.context.stock_of_uid(uid)
            if inside is None:
                self.scripts[key] = path
                continue
            new = our_path(inside)
            if new is None:
                continue  # reported with the other lines
            self.stock_ids[key] = inside
            section.set_attribute("path", new)
            section.set_attribute("uid", self.context.our_uid(inside) or "")
            self._say(section, change(self.file, 1, f"{path} -> {new}"))

    def _find_nodes(self) -> None:
        for section in self.sections:
            if section.kind != "node":
                continue
            script = reference_id(section.value("script") or "", "ExtResource")
            scene = reference_id(section.attribute("instance"), "ExtResource")
            inside = self.stock_ids.get(script) or self.stock_ids.get(scene)
            if inside is None:
                continue
            name = inside.rsplit("/", 1)[-1].rsplit(".", 1)[0]
            if name in _STORED_TYPES:
                self.sensors[section.node_path] = _STORED_TYPES[name]
            elif name.startswith("RGBCameraSensor"):
                self.cameras[section.node_path] = section

    def _node(self, section: Section) -> None:
        key = reference_id(section.value("script") or "", "ExtResource")
        if key in self.stock_ids:
            self._properties(section, self.stock_ids[key])
        if '"AGENT"' in section.header.partition("groups=")[2]:
            path = self.scripts.get(key, "")
            if FILES.get(self.stock_ids.get(key, "")) in CONTROLLERS:
                return
            by_instance = not key and bool(section.attribute("instance"))
            if not by_instance and not self.context.is_controller(path):
                self._say(
                    section,
                    left(
                        self.file,
                        1,
                        f"the node {section.attribute('name')} is in the group AGENT, but is no "
                        "AIController",
                        "Take it out of the group and move its agent methods to an AIController2D "
                        "or AIController3D below it",
                    ),
                )

    def _properties(self, section: Section, inside: str) -> None:
        """Write defaults that differ; report properties that ours does not have."""
        theirs = self.context.stock.scripts.get(inside)
        ours = self.context.ours.scripts.get(FILES.get(inside, ""))
        if theirs is None or ours is None:
            return
        name = section.attribute("name")
        for export, default in theirs.exports.items():
            value = section.value(export)
            if export not in ours.exports:
                if value is not None:
                    found = f"{export} of {name} is no property of our node"
                    remedy = "Delete the line; see docs/migrate.md"
                    self._say(section, left(self.file, section.line_of(export), found, remedy))
            elif value is None and _differ(default, ours.exports[export]):
                section.add_property(export, default)
                found = f"{name}.{export} = {default}: the stock default, ours differs"
                self._say(section, change(self.file, 1, found))

    def _stored_nodes(self) -> None:
        removed: dict[str, int] = {}
        nodes = [section for section in self.sections if section.kind == "node"]
        gone: list[str] = []
        for section in nodes:
            parent = section.attribute("parent")
            if any(parent == path or parent.startswith(path + "/") for path in gone):
                section.removed = True
            elif (
                self.sensors.get(parent) == section.attribute("type")
                and _STORED.match(section.attribute("name"))
                and section.value("script") is None
            ):
                section.removed = True
                gone.append(section.node_path)
                removed[parent] = removed.get(parent, 0) + 1
        for section in nodes:
            count = removed.get(section.node_path, 0)
            if count:
                found = f"{count} nodes below {section.attribute('name')} taken out: our sensor "
                self._say(section, change(self.file, 1, found + "stores none"))
        if removed:
            self._drop_unused()

    def _drop_unused(self) -> None:
        """Take out what only removed nodes used."""
        while True:
            used: set[str] = set()
            for section in self.sections:
                if not section.removed:
                    used |= section.used("SubResource")
            lost = {
                key
                for section in self.sections
                if section.removed
                for key in section.used("SubResource")
            } - used
            fresh = [
                section
                for section in self.sections
                if section.kind == "sub_resource"
                and not section.removed
                and section.attribute("id") in lost
            ]
            if not fresh:
                break
            for section in fresh:
                section.removed = True
        kept = sum(
            section.kind in ("ext_resource", "sub_resource") and not section.removed
            for section in self.sections
        )
        head = next(section for section in self.sections if section.kind == "gd_scene")
        head.lines[0] = re.sub(r"load_steps=\d+", f"load_steps={kept + 1}", head.header)

    def _camera_overrides(self) -> None:
        for section in self.sections:
            if section.kind != "node" or section.attribute("type"):
                continue
            for path, camera in self.cameras.items():
                inside = section.node_path.removeprefix(path + "/")
                if inside == section.node_path:
                    continue
                if _PREVIEW.match(inside):
                    section.removed = True
                    found = f"{inside} taken out: our sensor has no such preview node"
                    self._say(camera, change(self.file, 1, found))
                elif inside in _LENS:
                    section.set_attribute("name", _LENS[inside].rsplit("/", 1)[-1])
                    self._say(section, change(self.file, 1, f"{inside} -> {_LENS[inside]}"))
                elif inside == "SubViewport":
                    self._viewport(section, camera)

    def _viewport(self, section: Section, camera: Section) -> None:
        size = section.value("size")
        if size is None:
            return
        section.remove_property("size")
        if camera.value(_OWN_SIZE) is None:
            camera.add_property(_OWN_SIZE, size)
        self._say(camera, change(self.file, 1, f"SubViewport's size {size} -> {_OWN_SIZE}"))

    def _camera_sizes(self) -> None:
        """Write the size that an older stock camera has from its scene."""
        for camera in self.cameras.values():
            key = reference_id(camera.attribute("instance"), "ExtResource")
            size = _scene_size(self.context, self.stock_ids.get(key, ""))
            if size and size != _OUR_SIZE and camera.value(_OWN_SIZE) is None:
                camera.add_property(_OWN_SIZE, size)
                found = f"{_OWN_SIZE} = {size}: the stock scene's size, ours differs"
                self._say(camera, change(self.file, 1, found))

    def _other_lines(self) -> None:
        """Paths in properties, and whole scripts inside the scene."""
        for section in self.sections:
            if section.removed:
                continue
            line = 0
            for index, text in enumerate(section.lines):
                entries: list[Entry] = []
                source = _SOURCE.match(text) if section.kind == "sub_resource" else None
                if source:
                    new, entries = migrate_script(
                        self.file, unquoted(f'"{source[2]}"'), self.context
                    )
                    escaped = new.replace("\\", "\\\\").replace('"', '\\"')
                    rest = text[source.end(3) :]
                    section.lines[index] = f"{source[1]}{escaped}{source[3]}{rest}"
                else:
                    section.lines[index] = rewrite_references(
                        self.file, text, self.context, entries
                    )
                for entry in entries:
                    at = Entry(entry.kind, entry.file, entry.line + line, entry.text, entry.remedy)
                    self._say(section, at)
                line += text.count("\n")


def migrate_scene(file: str, text: str, context: Context) -> tuple[str, list[Entry]]:
    """Return the migrated text of a .tscn or .tres file and the report's entries for it."""
    return _Scene(file, text, context).migrate()


def _scene_size(context: Context, inside: str) -> str:
    """Return the viewport's size in a stock camera scene that has no property for it."""
    scene = context.stock.folder / inside
    script = context.stock.scripts.get(inside.removesuffix(".tscn") + ".gd")
    if not inside or script is None or _OWN_SIZE in script.exports or not scene.is_file():
        return ""
    for section in read_sections(scene.read_text("utf-8", "replace")):
        if section.kind == "node" and section.attribute("name") == "SubViewport":
            return section.value("size") or ""
    return ""


def _differ(one: str, other: str) -> bool:
    if not one or not other:
        return False
    try:
        return float(one) != float(other)
    except ValueError:
        return _plain(one) != _plain(other)


def _plain(value: str) -> str:
    if "." in value and not value.startswith(("Vector", "Color", '"')):
        value = value.rsplit(".", 1)[-1]  # an enum: ControlModes.TRAINING
    return re.sub(r"Vector([23])i", r"Vector\1", value).replace(" ", "").replace(".0", "")
