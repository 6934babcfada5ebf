"""Writes the Teams cards of the run as files: each as the posted JSON and as a page, and all of them on one page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from demo.cards.card_page import page


def keep_cards(messages: list[dict[str, Any]], folder: Path) -> None:
    """Writes NN-title.json and NN-title.html for every message in the order of arrival, and index.html."""
    folder.mkdir(parents=True, exist_ok=True)
    named = [(f"{number:02}", message) for number, message in enumerate(messages, 1)]
    for number, message in named:
        file = folder / f"{number}-{slug(message)}"
        file.with_suffix(".json").write_text(json.dumps(message, indent=2, ensure_ascii=False), encoding="utf-8")
        file.with_suffix(".html").write_text(page([(f"Card {number}", message)]), encoding="utf-8")
    everything = [(f"Card {number}", message) for number, message in named]
    (folder / "index.html").write_text(page(everything, "Cards of the demo"), encoding="utf-8")


def slug(message: dict[str, Any]) -> str:
    """A file name from the card's fallback text: letters, digits and hyphens only."""
    text = str(message["attachments"][0]["content"].get("fallbackText", "card")).lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:48].rstrip("-") or "card"
