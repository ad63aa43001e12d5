"""Enters VR navigation with Monado's simulated headset, over real OpenXR: a smoke test by hand.

Called by a person, from the repository's root, when `addons/godot_rl/xr` or a VR scene has changed:

    python tools/monado_smoke.py --folder /var/tmp/monado

It unpacks Debian's engine, Xvfb and Monado into the folder (269 MB to download; once), starts
Monado without a display, and lets `monado_smoke.gd` enter, look at head and hands, shake a hand
and leave. Software draws a frame in seconds, so nothing is said about speed. Exit code 0 when all
checks hold. Linux only; it needs apt-get, as the engine's installer does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rl_training.engine import debian
from rl_training.engine.relocate import LAYOUTS
from rl_training.engine.virtual_screen import VirtualScreen

REPOSITORY = Path(__file__).parents[1]
CHECK = Path(__file__).with_suffix(".gd")
START_S = 60.0
CHECK_S = 180.0
PASSED = "monado: all checks hold"


def install(folder: Path) -> Path:
    """Unpack the packages once; return their root."""
    root = folder / "root"
    if not root.exists():
        stage = folder / "stage"
        stage.mkdir(parents=True)
        debian.fetch(stage, {"editor", "xvfb", "monado"}, final=root)
        stage.rename(root)
    return root


def write_manifests(root: Path, folder: Path) -> dict[str, str]:
    """Write the runtime's and the driver's manifests with full paths; return the variables."""
    libraries = root / "usr/lib" / LAYOUTS[platform.machine()].triplet
    runtime = json.loads((root / "usr/share/openxr/1/openxr_monado.json").read_text("utf-8"))
    runtime["runtime"]["library_path"] = str(libraries / "libopenxr_monado.so")
    (folder / "runtime.json").write_text(json.dumps(runtime), "utf-8")
    driver = json.loads((root / "usr/share/vulkan/icd.d/lvp_icd.json").read_text("utf-8"))
    driver["ICD"]["library_path"] = str(libraries / "libvulkan_lvp.so")
    (folder / "driver.json").write_text(json.dumps(driver), "utf-8")
    return {
        "XR_RUNTIME_JSON": str(folder / "runtime.json"),
        "VK_DRIVER_FILES": str(folder / "driver.json"),
        "LIBGL_DRIVERS_PATH": str(libraries / "dri"),
    }


def start_service(root: Path, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start Monado with its null compositor and wait for its socket."""
    libraries = root / "usr/lib" / LAYOUTS[platform.machine()].triplet
    folders = [libraries, *(libraries / name for name in ("pulseaudio", "blas", "lapack"))]
    path = ":".join(map(str, [*folders, root / "usr/lib"]))
    loader = next(libraries.glob("ld-linux*"))
    words = [str(loader), "--library-path", path, str(root / "usr/bin/monado-service")]
    simulated = {"XRT_COMPOSITOR_NULL": "1", "SIMULATED_ENABLE": "1"}
    simulated |= {"SIMULATED_LEFT": "simple", "SIMULATED_RIGHT": "simple"}
    with log.open("wb") as output:
        # It ends when its input does, so the input stays open.
        service = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**environment, **simulated},
        )
    socket = Path(environment["XDG_RUNTIME_DIR"]) / "monado_comp_ipc"
    end = time.monotonic() + START_S
    while not socket.exists():
        if service.poll() is not None or time.monotonic() > end:
            service.kill()
            sys.exit(f"Monado did not start; its log:\n{log.read_text('utf-8')[-2000:]}")
        time.sleep(0.2)
    return service


def check(root: Path, environment: dict[str, str]) -> str:
    """Let the engine enter and leave; return what it said."""
    words = [str(root / "usr/bin/godot"), "--xr-mode", "on", "--audio-driver", "Dummy"]
    words += ["--rendering-method", "mobile", "--rendering-driver", "vulkan"]
    words += ["--resolution", "320x180", "--path", str(REPOSITORY), "--script", str(CHECK)]
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as engine:
        try:
            return engine.communicate(timeout=CHECK_S)[0]
        except subprocess.TimeoutExpired:
            engine.kill()
            return engine.communicate()[0]


def main() -> int:
    """Install, start, check, end; print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, required=True, help="keeps the unpacked packages")
    folder = parser.parse_args().folder.absolute()
    root = install(folder)
    # A socket's path is short: the folder of the runtime is a temporary one.
    with tempfile.TemporaryDirectory() as run, VirtualScreen(root / "bin/Xvfb") as screen:
        environment = {**os.environ, "DISPLAY": screen.display, "XDG_RUNTIME_DIR": run}
        environment |= write_manifests(root, folder)
        service = start_service(root, environment, folder / "monado.log")
        try:
            said = check(root, environment)
        finally:
            service.terminate()
            service.wait()
    print("\n".join(line for line in said.splitlines() if line.startswith(("monado:", "godot_rl"))))
    return 0 if PASSED in said else 1


if __name__ == "__main__":
    sys.exit(main())
