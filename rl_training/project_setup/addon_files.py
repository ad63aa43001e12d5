"""The addon's files: which they are, what differs in a project, and a zip of them."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from rl_training.errors import StorageError, UsageError
from rl_training.project_files import ADDON, our_addon

# The compiled library belongs to one machine.
_NOT_SHIPPED = ("native", "__pycache__")
# The editor writes these anew for its own version.
_EDITORS_OWN = (".import",)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def addon_files() -> list[Path]:
    """Return the addon's files, relative to its folder, sorted; those with uids included."""
    folder = our_addon()
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        path
        for path in found
        if path.parts[0] not in _NOT_SHIPPED
        and path.suffix != ".translation"
        and not any(part in _NOT_SHIPPED for part in path.parts)
    )


def differing_files(project: Path) -> list[Path]:
    """Return the addon's files that a project has otherwise, relative to the project."""
    source = our_addon()
    return [
        Path(ADDON, inside)
        for inside in addon_files()
        if inside.suffix not in _EDITORS_OWN
        and (project / ADDON / inside).is_file()
        and (project / ADDON / inside).read_bytes() != (source / inside).read_bytes()
    ]


def copy_addon(project: Path) -> int:
    """Copy the files that a project lacks or has otherwise.

    Returns:
        How many were written.

    Raises:
        StorageError: a file cannot be written.
    """
    source, written = our_addon(), 0
    for inside in addon_files():
        target = project / ADDON / inside
        there = target.is_file()
        if there and inside.suffix in _EDITORS_OWN:
            continue
        if there and target.read_bytes() == (source / inside).read_bytes():
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / inside, target)
        except OSError as error:
            raise StorageError(f"{target} cannot be written: {error.strerror}") from error
        written += 1
    return written


def export_addon(output: Path) -> int:
    """Write the addon as a zip (by its suffix) or below a folder, as addons/godot_rl.

    The zip unpacks into a project's root, as downloads of the asset library do, and is the same,
    byte for byte, each time.

    Args:
        output: a file that ends in .zip, or a folder.

    Returns:
        How many files it holds.

    Raises:
        UsageError: the folder holds another addon already.
        StorageError: it cannot be written.
    """
    files = addon_files()
    if output.suffix != ".zip":
        differing = differing_files(output)
        if differing:
            raise UsageError(
                f"{output / ADDON} holds {len(differing)} files that differ, first "
                f"{differing[0]}: choose another folder, or remove it"
            )
        copy_addon(output)
        return len(files)
    source = our_addon()
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            for inside in files:
                info = zipfile.ZipInfo(f"{ADDON}/{inside.as_posix()}", _ZIP_TIME)
                info.external_attr = 0o644 << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, (source / inside).read_bytes())
    except OSError as error:
        raise StorageError(f"{output} cannot be written: {error.strerror}") from error
    return len(files)
