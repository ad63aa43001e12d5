"""The documentation site builds without a warning, and loads nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("material", reason="the extra `docs` is not installed")
    pytest.importorskip("mkdocstrings")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, env=environment)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_it_loads_nothing_from_elsewhere(site: Path) -> None:
    loads = re.compile(
        r"<(?:script|img|iframe)[^>]+src=\"?(https?://[^\s\">]+)"
        r"|<link[^>]+rel=\"?(?:stylesheet|preconnect)[^>]+href=\"?(https?://[^\s\">]+)"
    )
    found = {page.name: loads.findall(page.read_text("utf-8")) for page in site.rglob("*.html")}
    assert {name: urls for name, urls in found.items() if urls} == {}


def test_the_reference_holds_the_public_names(site: Path) -> None:
    text = (site / "reference" / "envs.html").read_text("utf-8")
    for name in ("GodotVecEnv", "SubprocGodotVecEnv", "terminal_observation"):
        assert name in text


def test_pages_outside_of_docs_are_there(site: Path) -> None:
    for name in ("scenarios/vr_locomotion.html", "changelog.html", "contributing.html"):
        assert (site / name).is_file()


def test_godot_does_not_import_it(site: Path) -> None:
    assert (site / ".gdignore").is_file()
