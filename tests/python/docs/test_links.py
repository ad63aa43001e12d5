"""Every link of every page leads somewhere: files exist, and headings of that name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.docs.pages import REPOSITORY, anchors, links, pages, sections

PICTURES = (".png", ".gif", ".jpg", ".svg", ".apng")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        generated = "/reference/" in str(target)  # headings come from the docstrings
        if not target.exists():
            broken.append(f"{link}: no such file")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target) and not generated:
            broken.append(f"{link}: no such heading")
    assert broken == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_no_section_stands_twice(page: Path) -> None:
    if page.name != "CHANGELOG.md":
        found = sections(page)
        assert sorted(found) == sorted(set(found))


def test_pictures_are_small() -> None:
    sizes = {path: path.stat().st_size for path in (REPOSITORY / "docs").rglob("*.*")}
    large = [path.name for path, size in sizes.items() if path.suffix in PICTURES and size > 2e6]
    assert large == []


def test_no_page_names_a_place_that_is_only_here() -> None:
    for page in pages():
        text = page.read_text("utf-8")
        for word in ("/tmp/wt", "/work/main", "/root/.", "<this repository>"):
            assert word not in text, f"{page.name} holds {word}"


def test_godot_does_not_import_the_docs() -> None:
    assert (REPOSITORY / "docs" / ".gdignore").is_file()
