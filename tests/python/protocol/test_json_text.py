"""What the addon writes of a string with control characters is JSON for Python too."""

from __future__ import annotations

import json
from pathlib import Path


def test_the_transcripts_text_is_read_as_it_was_written(repository: Path) -> None:
    line = (repository / "tests/contract/control_characters.jsonl").read_text("utf-8")
    payload = json.loads(line)["payload"]
    (info,) = json.loads(payload)["info"]
    assert info == {"note": 'a\x01b\x0bc\x1fd\\ve\nf\tg"h\x7fé'}
