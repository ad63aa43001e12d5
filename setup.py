"""Puts the Godot project (addon, scenes, baselines) into the wheel; all else is in pyproject.toml.

`rl_training/project_files.py` finds it there. The files stay at the repository's root, where Godot
needs them; the copy exists in the build folder only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
FOLDERS = ("addons/godot_rl", "scenes", "baselines", "native")
FILES = ("project.godot", "openxr_action_map.tres", "LICENSE")
# Made on this machine: the compiled library, the translations that the editor imports.
LEFT_OUT = ("__pycache__", "*.translation", "*.import~")


def project_files() -> list[Path]:
    """Return what the wheel carries of the Godot project, relative to the root, sorted."""
    found = [Path(name) for name in FILES]
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            inside = path.relative_to(ROOT)
            built = inside.is_relative_to("addons/godot_rl/native")
            left_out = any(inside.match(pattern) or pattern in inside.parts for pattern in LEFT_OUT)
            if path.is_file() and not built and not left_out:
                found.append(inside)
    return sorted(found)


class BuildWithProject(build_py):
    """`build_py` that also copies the project's files to `rl_training/_project`."""

    def run(self) -> None:
        """Build the package, then put the project beside its modules."""
        if self.editable_mode:
            super().run()
            return
        # What an earlier build left there would be packed too.
        shutil.rmtree(Path(self.build_lib, "rl_training"), ignore_errors=True)
        super().run()
        target = Path(self.build_lib, "rl_training", "_project")
        digest = hashlib.sha256()
        for inside in project_files():
            content = (ROOT / inside).read_bytes()
            digest.update(f"{inside.as_posix()}\0{len(content)}\0".encode() + content)
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            (target / inside).write_bytes(content)
        manifest = {"sha256": digest.hexdigest()}
        (target / "spacetime_rl_bundle.json").write_text(json.dumps(manifest) + "\n", "utf-8")


setup(cmdclass={"build_py": BuildWithProject})
