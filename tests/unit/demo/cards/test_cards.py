from __future__ import annotations

import json
from pathlib import Path

from demo.cards import keep_cards, slug


def message(fallback: str) -> dict[str, object]:
    card = {"type": "AdaptiveCard", "fallbackText": fallback, "body": [{"type": "TextBlock", "text": fallback}]}
    return {"attachments": [{"content": card}]}


def test_every_card_is_saved_as_json_and_as_a_page_in_its_order(tmp_path: Path) -> None:
    keep_cards([message("First"), message("Second")], tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "01-first.html",
        "01-first.json",
        "02-second.html",
        "02-second.json",
        "index.html",
    ]
    assert json.loads((tmp_path / "02-second.json").read_text()) == message("Second")


def test_a_file_name_contains_nothing_that_came_from_a_log() -> None:
    assert slug(message("../../etc: <b>$(rm)</b>")) == "etc-b-rm-b"


def test_a_card_in_another_script_gets_a_plain_name() -> None:
    assert slug(message("重大")) == "card"
