"""The page's files: read once, packed once, and no others.

Called by `server`. A path that is not one of the package's own files is not found, whatever it
spells; nothing is looked up on disk for it.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "page"
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class PageFile:
    """One file.

    Attributes:
        body: as it is.
        packed: the same with gzip.
        kind: its media type.
        etag: changes with its content.
    """

    body: bytes
    packed: bytes
    kind: str
    etag: str


def read_page(folder: Path = FOLDER) -> dict[str, PageFile]:
    """Return the page's files by their paths in the folder, with "/"."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in _KINDS:
            body = path.read_bytes()
            etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
            packed = gzip.compress(body, 9, mtime=0)
            name = path.relative_to(folder).as_posix()
            found[name] = PageFile(body, packed, _KINDS[path.suffix], etag)
    return found


class PageFiles:
    """Serves the page's files."""

    def __init__(self) -> None:
        self._files = read_page()

    async def index(self, request: Request) -> Response:
        """Give the page."""
        return self._answer(request, "index.html")

    async def file(self, request: Request) -> Response:
        """Give one of its files."""
        return self._answer(request, request.path_params["path"])

    def _answer(self, request: Request, name: str) -> Response:
        found = self._files.get(name)
        if found is None:
            return Response("no such file\n", 404, media_type="text/plain")
        headers = {"etag": found.etag, "cache-control": "no-cache", "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == found.etag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(found.packed, headers=headers, media_type=found.kind)
        return Response(found.body, headers=headers, media_type=found.kind)
