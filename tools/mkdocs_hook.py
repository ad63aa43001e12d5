"""Lets the site show pages that lie outside of docs/, and load nothing from elsewhere.

MkDocs calls it (`hooks:` in mkdocs.yml). Scenario READMEs, changelog and the like become pages;
links are rewritten to where a page is on the site, so that the same Markdown also works when it is
read in the repository. A link to a file that is no page (a script, a folder) becomes its text. It
never changes a file of the repository.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).parents[1]
OUTSIDE = {
    "scenes/features/vr_locomotion/README.md": "scenarios/vr_locomotion.md",
    "scenes/features/memory/README.md": "scenarios/memory.md",
    "scenes/vr_navigation/README.md": "scenarios/vr_navigation.md",
    "scenes/multi_agent_vr/README.md": "scenarios/multi_agent_vr.md",
    "scenes/pong/README.md": "scenarios/pong.md",
    "scenes/vr_navigation/COMFORT.md": "scenarios/vr_navigation_comfort.md",
    "scenes/vr_navigation/courses/COURSES.md": "scenarios/vr_navigation_courses.md",
    "scenes/vr_navigation/view/VIEW.md": "scenarios/vr_navigation_view.md",
    "scenes/physics_stress/README.md": "scenarios/physics_stress.md",
    "scenes/spacecraft_landing/README.md": "scenarios/spacecraft_landing.md",
    "scenes/voxel_stress/README.md": "scenarios/voxel_stress.md",
    "scenes/voxel_stress/terrain/TERRAIN.md": "scenarios/voxel_stress_terrain.md",
    "scenes/ui_interaction/README.md": "scenarios/ui_interaction.md",
    "scenes/car_ball/README.md": "scenarios/car_ball.md",
    "addons/godot_rl/README.md": "addon_readme.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
"""Path in the repository to path on the site."""

_SOURCES = {page: source for source, page in OUTSIDE.items()}
_LINK = re.compile(r"(!?)\[([^\]\n]*(?:\n[^\]\n]+)?)\]\(([^)\s]+)\)")
_SHIM = re.compile(r'<script src="?https://unpkg\.com/iframe-worker/shim"?></script>')
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.S | re.M)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that lie outside of docs/."""
    for source, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(REPOSITORY / source).read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Rewrite links between the repository's folders to links between pages."""
    uri = page.file.src_uri
    source = _SOURCES.get(uri, f"docs/{uri}")
    parts, last = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [_rewrite(markdown[last : fence.start()], source, uri), fence[0]]
        last = fence.end()
    return "".join([*parts, _rewrite(markdown[last:], source, uri)])


def on_post_page(output: str, page: Page, **_: Any) -> str:
    """Replace the script that the theme's offline search would load from the internet."""
    up = "../" * page.file.dest_uri.count("/")
    return _SHIM.sub(f'<script src="{up}javascripts/file_worker.js"></script>', output)


def on_post_template(output: str, **_: Any) -> str:
    """Drop that script from pages without a place of their own, such as 404.html."""
    return _SHIM.sub("", output)


def on_post_build(config: Any) -> None:
    """Keep Godot from importing the site's pictures."""
    (Path(config["site_dir"]) / ".gdignore").touch()


def _rewrite(text: str, source: str, uri: str) -> str:
    def target(match: re.Match[str]) -> str:
        mark, label, link = match.groups()
        if re.match(r"[a-z]+:|#", link):
            return match[0]
        path, hash_mark, anchor = link.partition("#")
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if wanted.startswith("docs/"):
            place = wanted.removeprefix("docs/")
        elif wanted in OUTSIDE:
            place = OUTSIDE[wanted]
        elif wanted == "README.md":
            place = "index.md"
        elif (REPOSITORY / wanted).exists():
            return label
        else:
            return match[0]
        start = posixpath.dirname(uri) or "."
        return f"{mark}[{label}]({posixpath.relpath(place, start)}{hash_mark}{anchor})"

    return _LINK.sub(target, text)
