"""Build the optional library that lets the addon leave ONNX models to onnxruntime.

Called by `build_native.py` (`make native`). Compiles native/*.c against the header that the engine
itself writes and puts the result, beside a copy of the installed package's onnxruntime, into the
project's addon. Nothing of the harness needs it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rl_training.engine.binary import EngineBinary
from rl_training.engine.commands import run_command
from rl_training.engine.project import ensure_imported
from rl_training.errors import (
    EngineStartError,
    HarnessError,
    ProjectError,
    StorageError,
    UsageError,
)
from rl_training.project_files import our_project

SOURCES = Path("native")
"""Folder of the C sources, inside our project."""
FOLDER = Path("addons/godot_rl/native")
COMPILERS = ("cc", "gcc", "clang")
_PURE = "models run in GDScript without it"
_ENTRY = "godot_rl_native_init"
_OLDEST_GODOT = "4.5"
_COMPILE_LIMIT_S = 300.0
_ENGINE_LIMIT_S = 60.0
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class _System:
    """What an operating system calls things.

    Attributes:
        name: Godot's feature tag.
        own: file name of our library.
        onnxruntime: file name under which ours looks for onnxruntime.
        linked: arguments for the linker.
    """

    name: str
    own: str
    onnxruntime: str
    linked: tuple[str, ...] = ()


_SYSTEMS = {
    "Linux": _System("linux", "libgodot_rl_native.so", "libonnxruntime.so", ("-ldl",)),
    "Darwin": _System("macos", "libgodot_rl_native.dylib", "libonnxruntime.dylib"),
    # Compiled with MinGW-w64, never run.
    "Windows": _System("windows", "godot_rl_native.dll", "onnxruntime.dll", ("-static-libgcc",)),
}


@dataclass(frozen=True)
class NativeLibrary:
    """What was built.

    Attributes:
        folder: where it lies.
        size: bytes of all its files.
        compiler: that compiled it.
        onnxruntime: file that was copied.
    """

    folder: Path
    size: int
    compiler: Path
    onnxruntime: Path


def build_native_library(project: Path, engine: EngineBinary) -> NativeLibrary:
    """Build the library into a project's addon and let the engine take note of it.

    Args:
        project: folder with project.godot and addons/godot_rl.
        engine: its version's header is compiled against.

    Raises:
        UsageError: not possible on this machine; the message says what is missing.
        ProjectError: the project does not carry the addon.
        StorageError: a file cannot be written.
        HarnessError: the compiler or the engine failed.
    """
    system = _system()
    if not (project / FOLDER).parent.is_dir():
        raise ProjectError(f"{project} does not carry {FOLDER.parent}: copy it there first")
    compiler = find_compiler()
    onnxruntime = find_onnxruntime(system.onnxruntime)
    own, other = system.own, system.onnxruntime
    with _writing(project / FOLDER), tempfile.TemporaryDirectory(prefix="spacetime_rl_") as work:
        made = Path(work)
        write_header(engine, made)
        compile_library(compiler, made, made / own, system.linked)
        shutil.copy2(onnxruntime, made / other)
        description = made / "godot_rl_native.gdextension"
        description.write_text(extension_text(own, other), "utf-8")
        target = project / FOLDER
        target.mkdir(exist_ok=True)
        # The description last: with it the engine begins to look for the others.
        files = [_put(made / own, target), _put(made / other, target), _put(description, target)]
    ensure_imported(engine, project)
    size = sum(file.stat().st_size for file in files)
    return NativeLibrary(target, size, compiler, onnxruntime)


def find_compiler() -> Path:
    """The C compiler: $CC, else the first of `COMPILERS` on PATH.

    Raises:
        UsageError: there is none.
    """
    chosen = os.environ.get("CC")
    for name in (chosen,) if chosen else COMPILERS:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    if chosen:
        raise UsageError(f"CC names {chosen}, which is not there; {_PURE}")
    raise UsageError(
        f"no C compiler found ({', '.join(COMPILERS)}): install one, for instance with "
        f"`sudo apt install gcc libc6-dev`, or set CC; {_PURE}"
    )


def find_onnxruntime(name: str) -> Path:
    """The library inside the installed onnxruntime package.

    Args:
        name: of the file without a version, such as "libonnxruntime.so".

    Raises:
        UsageError: the package is missing, or holds no such library.
    """
    spec = importlib.util.find_spec("onnxruntime")
    if spec is None or spec.origin is None:
        raise UsageError(
            f"the Python package onnxruntime is not installed: run `make setup`; {_PURE}"
        )
    folder = Path(spec.origin).parent / "capi"
    stem, ending = os.path.splitext(name)
    found = [*folder.glob(f"{name}*"), *folder.glob(f"{stem}.*{ending}")]
    if not found:
        raise UsageError(f"{folder} holds no {name}; {_PURE}")
    return sorted(found)[0]


def extension_text(own: str, other: str) -> str:
    """Return the text of the .gdextension file.

    Args:
        own: file name of our library.
        other: file name of onnxruntime; an exported game gets it too.
    """
    target = f"{_system().name}.{_machine()}"
    return (
        f"[configuration]\n\nentry_symbol = {json.dumps(_ENTRY)}\n"
        f"compatibility_minimum = {json.dumps(_OLDEST_GODOT)}\n\n"
        f"[libraries]\n\n{target} = {json.dumps(own)}\n\n"
        f"[dependencies]\n\n{target} = {json.dumps({other: ''})}\n"
    )


def _system() -> _System:
    if platform.system() not in _SYSTEMS:
        raise UsageError(
            f"the native library can be built on Linux, macOS and Windows only; {_PURE}"
        )
    return _SYSTEMS[platform.system()]


def _machine() -> str:
    name = platform.machine().lower()
    if name not in _MACHINES:
        raise UsageError(f"the native library cannot be built for {name} machines; {_PURE}")
    return _MACHINES[name]


def write_header(engine: EngineBinary, folder: Path) -> None:
    """Let the engine write its gdextension_interface.h into a folder.

    Raises:
        EngineStartError: it did not.
    """
    result = run_command(
        [engine.path, "--headless", "--dump-gdextension-interface"],
        timeout_s=_ENGINE_LIMIT_S,
        cwd=folder,
    )
    if not (folder / "gdextension_interface.h").is_file():
        raise EngineStartError(
            f"{engine.path} wrote no header with --dump-gdextension-interface: {result.last_line()}"
        )


def compile_library(
    compiler: Path, header_folder: Path, library: Path, linked: Sequence[str] = ()
) -> None:
    """Compile native/*.c.

    Args:
        compiler: gcc or clang, or one that takes their arguments.
        header_folder: holds the engine's gdextension_interface.h.
        library: file to write.
        linked: arguments for the linker.

    Raises:
        UsageError: the compiler does not start.
        HarnessError: the compiler failed; the message holds its first error.
    """
    arguments: list[str | Path] = [compiler, "-std=c11", "-O2", "-Wall", "-Wextra", "-shared"]
    arguments += ["-fPIC", "-fvisibility=hidden", "-D_GNU_SOURCE", f"-I{header_folder}"]
    arguments += [*sorted((our_project() / SOURCES).glob("*.c")), "-o", library, *linked]
    try:
        result = run_command(arguments, timeout_s=_COMPILE_LIMIT_S)
    except OSError as error:
        raise UsageError(f"{compiler} does not start: {error.strerror}; {_PURE}") from None
    if result.returncode != 0:
        errors = [line for line in result.output.splitlines() if "error" in line]
        reason = errors[0].strip() if errors else result.last_line()
        raise HarnessError(f"{compiler.name} cannot compile the native library: {reason}")


def _put(file: Path, folder: Path) -> Path:
    """Replace a file at once: an engine that has the old one open keeps it."""
    target, beside = folder / file.name, folder / f".{file.name}.new"
    shutil.copy2(file, beside)
    os.replace(beside, target)
    return target


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot write the native library to {folder}: {error}") from error
