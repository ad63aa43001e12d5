"""Checks of this machine: Python, packages, torch, folders, disk, ports, stray engines, screen."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement

from rl_training.diagnosis.finding import Finding, ok, skipped
from rl_training.diagnosis.subject import Subject
from rl_training.engine import find_xvfb
from rl_training.project_files import clone_root

OLDEST_PYTHON = (3, 10)
_LITTLE_DISK_GB = 1.0
_NO_DISK_GB = 0.1
_REPAIR = "run make setup, or python3 rl_training/bootstrap.py setup"


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Finding:
    """Is this Python new enough?"""
    text = ".".join(map(str, version))
    if version >= OLDEST_PYTHON:
        return ok("Python", f"{text} ({sys.executable})")
    return Finding(
        "Python",
        "failed",
        f"{text}, expected {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer",
        "run python3 rl_training/bootstrap.py train with a newer Python",
    )


def check_packages(requirements: Iterable[str] | None = None) -> Finding:
    """Are the packages there that pyproject.toml asks for, in the versions it asks for?"""
    wanted = list(_requirements() if requirements is None else requirements)
    if not wanted:
        return skipped("packages", "pyproject.toml is not there or cannot be read by this Python")
    wrong, found = [], 0
    for text in wanted:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        found += 1
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} is {version}, expected {requirement.specifier}")
    if wrong:
        return Finding(
            "packages",
            "failed",
            "; ".join(wrong),
            _REPAIR,
        )
    return ok("packages", f"all {found} are there, in versions that fit")


def _requirements() -> list[str]:
    root = clone_root()
    try:
        if root is None:
            raise FileNotFoundError
        tomllib = importlib.import_module("tomllib")  # since Python 3.11
        with open(root / "pyproject.toml", "rb") as file:
            return list(tomllib.load(file)["project"]["dependencies"])
    except (ImportError, OSError, KeyError, ValueError):
        pass
    try:
        return importlib.metadata.requires("spacetime-rl") or []
    except importlib.metadata.PackageNotFoundError:
        return []


def check_torch(module: str = "torch") -> Finding:
    """Does torch compute, and on which device?

    Args:
        module: what is imported.
    """
    name = "torch and device"
    try:
        torch = importlib.import_module(module)
        weight = torch.ones(2, 2, requires_grad=True)
        (weight @ torch.ones(2)).sum().backward()
        right = bool((weight.grad == 1.0).all())
    except Exception as error:  # a broken installation may raise anything
        found = " ".join(f"{type(error).__name__}: {error}".split())
        return Finding(name, "failed", f"{module} cannot be used: {found}", _REPAIR)
    if not right:
        return Finding(name, "failed", f"{module} {torch.__version__} computes wrong", _REPAIR)
    other = "there is a GPU, which small networks do not need" if torch.cuda.is_available() else ""
    detail = f"{torch.__version__} on the CPU, {os.cpu_count()} cores"
    return ok(name, detail + (f"; {other}" if other else ""))


def check_folders(subject: Subject) -> Finding:
    """Can models, logs and temporary files be written?"""
    folders = {"models": subject.run_root / "models", "logs": subject.run_root / "logs"}
    folders["temporary files"] = Path(tempfile.gettempdir())
    refused = []
    for what, folder in folders.items():
        try:
            with tempfile.TemporaryFile(dir=_existing(folder)):
                pass
        except OSError as error:
            refused.append(f"{what} in {folder}: {error.strerror or error}")
    if not refused:
        return ok("writable folders", f"models and logs in {subject.run_root}, temporary files")
    return Finding(
        "writable folders",
        "failed",
        "; ".join(refused),
        "give --run_root (for models and logs) or TMPDIR a folder that you may write to",
    )


def check_disk(subject: Subject) -> Finding:
    """Is there room for models, logs and engines' output?"""
    free = {}
    for folder in (_existing(subject.run_root), Path(tempfile.gettempdir())):
        free[folder] = shutil.disk_usage(folder).free / 1e9
    folder, least = min(free.items(), key=lambda item: item[1])
    if least >= _LITTLE_DISK_GB:
        return ok("disk space", f"{least:.1f} GB free in {folder}")
    status = "warning" if least >= _NO_DISK_GB else "failed"
    return Finding(
        "disk space",
        "warning" if status == "warning" else "failed",
        f"{least:.2f} GB free in {folder}",
        "make room there, or give --run_root and TMPDIR on another disk",
    )


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def check_ports(subject: Subject) -> Finding:
    """Are the ports free that a training would take?"""
    taken = []
    for port in range(subject.port, subject.port + subject.num_envs):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                taken.append(str(port))
    last = subject.port + subject.num_envs - 1
    if not taken:
        return ok("ports", f"{subject.port} to {last} are free")
    return Finding(
        "ports",
        "warning",
        f"taken: {', '.join(taken)} (of {subject.port} to {last})",
        "a training skips them unless --port is given; end the program that holds them if it is "
        "a forgotten one",
    )


def check_stray_engines(proc: Path = Path("/proc")) -> Finding:
    """Do engines run whose trainer is gone?"""
    if not proc.is_dir():
        return skipped("stray engines", "processes can only be looked at on Linux")
    strays = []
    for folder in proc.glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            mine = folder.stat().st_uid == os.getuid()
        except (OSError, IndexError, ValueError):
            continue
        ours = any(word.startswith("--arena_total=") for word in words)
        if ours and mine and parent == 1:
            strays.append(folder.name)
    if not strays:
        return ok("stray engines", "none")
    return Finding(
        "stray engines",
        "warning",
        f"{len(strays)} engine(s) run without a trainer: pid {', '.join(sorted(strays))}",
        f"end them: kill {' '.join(sorted(strays))}",
    )


def check_screen() -> Finding:
    """Can --viz open a window?"""
    if sys.platform in ("win32", "darwin"):
        return ok("screen", "there is one on this system")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        if os.environ.get(name):
            return ok("screen", f"{name}={os.environ[name]}")
    if find_xvfb() is not None:
        return ok("screen", "none, --viz draws on a virtual one (Xvfb)")
    return Finding(
        "screen",
        "warning",
        "none, and no Xvfb: --viz and camera sensors cannot draw; training does not need them",
        "run python -m rl_training.engine install --with-xvfb",
    )
