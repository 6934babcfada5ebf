"""The parts of an Adaptive Card 1.4 that Hinomi uses, and the message around a card.

Element names and properties are listed on adaptivecards.io/explorer; the envelope is the format that a Workflows webhook
takes (learn.microsoft.com, "Create incoming webhooks with Workflows"). Colours are named: Teams rejects others.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

Element = dict[str, Any]
Style = Literal["default", "emphasis", "accent", "good", "attention", "warning"]

# Between two runs of one line: Teams shows several ordinary spaces as one.
WIDE = "\u2002"
NO_BREAK_SPACE = "\u00a0"
WORD_JOINER = "\u2060"

# Teams rejects a message of about 28 KB with 413; the rest is a reserve for additions of a workflow.
TEAMS_LIMIT = 28 * 1024
BUDGET = 25_000


def text_block(text: str, **properties: Any) -> Element:
    """A paragraph of Markdown. `text` is Hinomi's own, or was escaped by escape.markdown."""
    return {"type": "TextBlock", "text": text, "wrap": True, **properties}


def run(text: str, **properties: Any) -> Element:
    """A part of a line without Markdown. `text` is Hinomi's own, or was escaped by escape.plain."""
    return {"type": "TextRun", "text": text, **properties}


def line(*runs: Element, **properties: Any) -> Element:
    """A paragraph of runs."""
    return {"type": "RichTextBlock", "inlines": list(runs), **properties}


def facts(pairs: list[tuple[str, str]]) -> Element:
    """Names and values in two columns, without pairs that have no value. Names are Hinomi's own, values are Markdown."""
    return {
        "type": "FactSet",
        "facts": [{"title": _unbroken(title), "value": value} for title, value in pairs if value],
    }


def _unbroken(title: str) -> str:
    """`title` without line breaks: beside a long value a client makes the column of names as narrow as possible."""
    return re.sub(r"(?<=[^\x00-\x7f])(?=[^\x00-\x7f])", WORD_JOINER, title.replace(" ", NO_BREAK_SPACE))


def container(items: list[Element], **properties: Any) -> Element:
    """Elements one below the other, with a background if there is a style."""
    return {"type": "Container", "items": items, **properties}


def columns(*items: Element, **properties: Any) -> Element:
    """Columns side by side."""
    return {"type": "ColumnSet", "columns": list(items), **properties}


def column(width: Literal["auto", "stretch"], items: list[Element], **properties: Any) -> Element:
    """One column, as wide as its content or as the remaining width."""
    return {"type": "Column", "width": width, "items": items, **properties}


def open_url(title: str, url: str) -> Element:
    """A button. `url` was escaped by escape.url."""
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def card(body: list[Element], actions: list[Element], *, fallback: str, language: str) -> Element:
    """The card. Clients that cannot render it show `fallback`."""
    element: Element = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "lang": language,
        "fallbackText": fallback,
        "msteams": {"width": "Full"},
        "body": body,
    }
    return {**element, "actions": actions} if actions else element


def message(content: Element) -> Element:
    """The body of the request to the webhook."""
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
        ],
    }


def size(body: Element) -> int:
    """The size of the body in bytes in pymsteams' encoding: ASCII with escapes, at least the size in UTF-8."""
    return len(json.dumps(body, allow_nan=False))
