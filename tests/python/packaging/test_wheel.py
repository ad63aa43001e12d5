"""The wheel, built and installed into an empty environment in another folder, and used there.

The environment has this package's wheel alone; the packages that it needs are lent by the one that
runs the tests, since fetching torch takes minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training.engine import find_engine
from rl_training.project_setup.addon_files import addon_files

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

Run = Callable[..., subprocess.CompletedProcess[str]]
_SOURCES = ("rl_training", "addons", "scenes", "baselines", "native")
_FILES = (
    *("pyproject.toml", "setup.py", "MANIFEST.in", "LICENSE", "README.md", "project.godot"),
    "openxr_action_map.tres",
)


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources, so that nothing is left in the repository."""
    source = tmp_path_factory.mktemp("source")
    unwanted = shutil.ignore_patterns("__pycache__", "models", "logs", "ci")
    for folder in _SOURCES:
        ignored = unwanted if folder == "rl_training" else None
        shutil.copytree(repository / folder, source / folder, ignore=ignored)
    for name in _FILES:
        shutil.copy(repository / name, source)
    (source / "rl_training/models").mkdir()
    (source / "rl_training/models/mine_final.zip").write_bytes(b"a user's own")
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=300)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the installed command in a working folder: `installed("train", ..., cwd=...)`."""
    folder = tmp_path_factory.mktemp("an empty environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    names = sysconfig.get_preferred_scheme("prefix")
    values = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", names, values))
    scripts = Path(sysconfig.get_path("scripts", names, values))
    python = scripts / Path(sys.executable).name
    if not python.exists():
        python = scripts / ("python.exe" if os.name == "nt" else "python")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--ignore-installed"]
    done = subprocess.run(
        [*pip, "--no-index", "--no-deps", str(wheel)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    # A path that a .pth names has its own .pth files left alone: the editable install among them.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    environment["SPACETIME_RL_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    environment["PATH"] = f"{scripts}{os.pathsep}{environment.get('PATH', '')}"
    environment["GODOT_BIN"] = str(find_engine().path)

    def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(scripts / "spacetime-rl"), *words],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done

    return run


def test_it_carries_the_project_and_nothing_of_the_users(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("rl_training/_project/spacetime_rl_bundle.json"))
    assert len(manifest["sha256"]) == 64
    project = "rl_training/_project"
    assert {f"{project}/addons/godot_rl/{path.as_posix()}" for path in addon_files()} <= names
    for name in ("project.godot", "baselines/vr_locomotion_baseline.onnx", "native/onnx_session.c"):
        assert f"{project}/{name}" in names
    assert "rl_training/py.typed" in names
    assert "rl_training/evaluation/report.schema.json" in names
    for name in ("openapi.json", "page/index.html", "page/app.js", "page/vendor/uplot_license.txt"):
        assert f"rl_training/dashboard/{name}" in names
    assert not [
        name for name in names if "mine_final" in name or "/addons/godot_rl/native/" in name
    ]


def test_train_evaluate_verify_and_init_elsewhere(installed: Run, tmp_path: Path) -> None:
    work = tmp_path / "my work"
    work.mkdir()
    assert "usage: spacetime-rl COMMAND" in installed("--help", cwd=work).stdout
    assert installed("--version", cwd=work).stdout.startswith("spacetime-rl 0.")
    name = ("--experiment_name", "first")
    size = ("--timesteps", "1500", "--num_envs", "1", "--arenas", "8", "--no-check_arenas")
    trained = installed("train", "--scenario", "vr_locomotion", *name, *size, cwd=work)
    runs = work / "rl_runs"
    model = runs / "models" / "first_final.onnx"
    assert model.is_file()
    assert str(runs / "logs" / "first") in trained.stdout
    # What it says to do next is what works here.
    assert "spacetime-rl evaluate --model" in trained.stdout
    words = ("--model", str(model), "--episodes", "2", "--in_engine", "--output", "report.json")
    assert "spacetime-rl report" in installed("evaluate", *words, cwd=work).stdout
    assert json.loads((work / "report.json").read_text())["num_episodes"] == 2
    assert "equal at" in installed("verify", "--model", str(model), cwd=work).stdout
    assert "first" in installed("runs", cwd=work).stdout
    game = work / "game"
    game.mkdir()
    (game / "project.godot").write_text("config_version=5\n")
    assert "addons/godot_rl" in installed("init", "game", cwd=work).stdout
    assert (game / "addons/godot_rl/sync.gd.uid").is_file()
    assert not list(work.glob("**/*.pyc"))
