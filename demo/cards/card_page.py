"""Renders a saved Teams message as a self-contained web page: no script, no font, no picture from outside.

Draws the elements that handlers/cards uses, similar to Teams, in light and dark. Microsoft's own renderer draws the
pictures of the documentation (docs/tools/render_cards.mjs); this page shows the cards of a demo run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

Element = dict[str, Any]

STYLE = """
:root { color-scheme: light dark; --page: #f5f5f5; --card: #fff; --line: #e0e0e0; --text: #242424; --subtle: #616161;
  --accent: #5b5fc7; --good: #237b4b; --warning: #835c00; --attention: #c4314b; --emphasis-box: #f5f5f5;
  --accent-box: #e9eaf6; --good-box: #e7f2da; --warning-box: #fbf6d9; --attention-box: #fcf0f2 }
@media (prefers-color-scheme: dark) { :root { --page: #141414; --card: #292929; --line: #404040; --text: #fff;
  --subtle: #adadad; --accent: #a6a9f8; --good: #92c353; --warning: #f8d22a; --attention: #f9526b; --emphasis-box: #1f1f1f;
  --accent-box: #25263f; --good-box: #1a2f16; --warning-box: #352b05; --attention-box: #3c1a20 } }
body { background: var(--page); color: var(--text); font: 14px/1.4 "Segoe UI", system-ui, "Noto Sans CJK JP", sans-serif;
  max-width: 680px; margin: 24px auto; padding: 0 16px }
article { background: var(--card); border: 1px solid var(--line); border-radius: 6px; overflow: hidden; padding: 16px;
  margin: 0 0 24px; overflow-wrap: anywhere }
h2 { font-size: 14px; font-weight: 400; color: var(--subtle); margin: 0 0 8px }
p, dl { margin: 0 } a { color: inherit }
article > * + *, .box > * + * { margin-top: 12px }
.Small-gap { margin-top: 8px !important } .Medium-gap { margin-top: 16px !important } .None-gap { margin-top: 0 !important }
.separator { border-top: 1px solid var(--line); padding-top: 8px }
.bleed { margin: -16px -16px 0; padding: 16px !important }
.columns { display: flex; gap: 16px; align-items: center } .columns > .stretch { flex: 1; min-width: 0 }
.emphasis, .accent-box, .good-box, .warning-box, .attention-box { padding: 12px 16px }
.emphasis { background: var(--emphasis-box) } .accent-box { background: var(--accent-box) }
.good-box { background: var(--good-box) } .warning-box { background: var(--warning-box) }
.attention-box { background: var(--attention-box) }
.accent { color: var(--accent) } .good { color: var(--good) } .warning { color: var(--warning) }
.attention { color: var(--attention) } .subtle { color: var(--subtle) } .Bolder { font-weight: 600 }
.Small { font-size: 12px } .Large { font-size: 18px } .ExtraLarge { font-size: 24px; line-height: 1.2 }
.Monospace { font-family: Consolas, "DejaVu Sans Mono", monospace } .Center { text-align: center }
dl { display: grid; grid-template-columns: max-content 1fr; column-gap: 16px } dt { font-weight: 600 } dd { margin: 0 }
nav { display: flex; flex-wrap: wrap; gap: 8px } nav a { border: 1px solid var(--line); border-radius: 4px;
  padding: 5px 14px; font-weight: 600; text-decoration: none }
a.row { display: block; text-decoration: none }
"""

_NAME = re.compile(r"[A-Za-z-]+")
_ESCAPED = re.compile(r"\\([\\*_\[\]`~])")


def page(messages: list[tuple[str, Element]], title: str = "Teams cards") -> str:
    """One page of named messages, each the whole body of a request to the webhook."""
    cards = "".join(
        f"<h2>{escape(name)}</h2>{_card(message['attachments'][0]['content'])}" for name, message in messages
    )
    language = messages[0][1]["attachments"][0]["content"].get("lang", "en") if messages else "en"
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{cards}</body></html>\n"
    )


def save(messages: list[Element], folder: Path) -> Path:
    """Writes each message as JSON and all of them as index.html, latest first; returns the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number:03}" for number in range(1, len(messages) + 1)]
    for name, message in zip(names, messages, strict=True):
        text = json.dumps(message, ensure_ascii=False, indent=2)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    index = folder / "index.html"
    index.write_text(page(list(zip(names, messages, strict=True))[::-1]), encoding="utf-8")
    return index


def _card(content: Element) -> str:
    buttons = "".join(_link(action, escape(action["title"])) for action in content.get("actions", []))
    return f"<article>{_all(content['body'])}{f'<nav>{buttons}</nav>' if buttons else ''}</article>"


def _all(elements: list[Element]) -> str:
    return "".join(_DRAWN[element["type"]](element) for element in elements)


def _text_block(element: Element) -> str:
    return f'<p class="{_classes(element)}">{_markdown(element["text"])}</p>'


def _rich_text(element: Element) -> str:
    runs = "".join(f'<span class="{_classes(run)}">{escape(run["text"])}</span>' for run in element["inlines"])
    return f'<p class="{_classes(element)}">{runs}</p>'


def _facts(element: Element) -> str:
    pairs = "".join(f"<dt>{escape(fact['title'])}</dt><dd>{_markdown(fact['value'])}</dd>" for fact in element["facts"])
    return f"<dl>{pairs}</dl>"


def _container(element: Element) -> str:
    inside = _all(element["items"])
    if "selectAction" in element:
        inside = _link(element["selectAction"], inside, "row")
    return f'<div class="box {_classes(element)}">{inside}</div>'


def _columns(element: Element) -> str:
    return f'<div class="columns {_classes(element)}">{_all(element["columns"])}</div>'


def _link(action: Element, inside: str, name: str = "button") -> str:
    """A link, only to https or the local machine; the text has been escaped."""
    if not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", action["url"]):
        return inside
    return f'<a class="{name}" href="{escape(action["url"])}" rel="noreferrer">{inside}</a>'


def _markdown(text: str) -> str:
    """The text as HTML; the only Markdown in Hinomi's texts is the backslash."""
    return escape(_ESCAPED.sub(r"\1", text))


def _classes(element: Element) -> str:
    """The styles as class names; only letters are allowed."""
    style = element.get("style", "")
    names = [
        *(element.get(name) for name in ("color", "size", "weight", "fontType", "horizontalAlignment", "width")),
        f"{element['spacing']}-gap" if "spacing" in element else None,
        "emphasis" if style == "emphasis" else f"{style}-box" if style else None,
        *(name for name in ("bleed", "separator") if element.get(name)),
        "subtle" if element.get("isSubtle") else None,
    ]
    return " ".join(name for name in names if name and _NAME.fullmatch(name))


_DRAWN: dict[str, Callable[[Element], str]] = {
    "TextBlock": _text_block,
    "RichTextBlock": _rich_text,
    "FactSet": _facts,
    "Container": _container,
    "ColumnSet": _columns,
    "Column": _container,
}
