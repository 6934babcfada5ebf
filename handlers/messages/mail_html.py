"""A card as the HTML part of an e-mail.

Outlook renders with Word, and Gmail removes style sheets; therefore the page uses nested tables and a style attribute
on each element. Every text has its own colour and background, so that it stays legible when a client inverts one of
them in dark mode. The page loads nothing. Gmail cuts a message off at 102 KB (LARGEST_PAGE).
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from handlers.cards.elements import WIDE, Element
from handlers.messages.plain_text import fact_name, split_link, split_reference, without_markdown

LARGEST_PAGE = 102_000  # bytes

INK, QUIET, LINE, PAPER, SURFACE, SUNK = "#1f1c19", "#57504a", "#e0dbd3", "#f5f3ef", "#ffffff", "#f5f3ef"
COLORS = {"attention": "#b9320f", "warning": "#7c5300", "good": "#2b6353", "accent": "#3c5784"}
WASHES = {"attention": "#fdefe9", "warning": "#fcf4df", "good": "#e9f3ee", "accent": "#ecf0f7", "emphasis": SUNK}
FONT = "-apple-system,'Segoe UI',Roboto,'Hiragino Sans','Yu Gothic UI',Meiryo,'Noto Sans CJK JP',Arial,sans-serif"
MONOSPACE = "Consolas,Menlo,'Noto Sans Mono CJK JP',monospace"
SIZES = {"Small": 13, "Large": 19, "ExtraLarge": 24}
GAPS = {"None": 2, "Small": 8, "Medium": 18}
_TABLE = '<table role="presentation" cellpadding="0" cellspacing="0" border="0"'


def as_html(message: Element) -> str:
    """The HTML page of the card in a message."""
    content = message["attachments"][0]["content"]
    language, preview = escape(content.get("lang", "en")), escape(content.get("fallbackText", ""))
    (header, *elements), reference = split_reference(content["body"])
    rows = [
        _header(header),
        *(_row(element) for element in elements),
        _buttons(content.get("actions", [])),
        *(_row(element) for element in reference),
        '<tr><td height="24" style="font-size:0;line-height:24px">&nbsp;</td></tr>',
    ]
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark"><title>Hinomi</title></head>'
        f'<body style="margin:0;padding:0;background-color:{PAPER}">'
        f'<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{preview}</div>'
        f'{_TABLE} width="100%" bgcolor="{PAPER}" style="background-color:{PAPER}"><tr>'
        '<td align="center" style="padding:16px 8px">'
        f'{_TABLE} width="600" bgcolor="{SURFACE}" style="width:100%;max-width:600px;background-color:{SURFACE};'
        f'border:1px solid {LINE};text-align:left">{"".join(rows)}</table></td></tr></table></body></html>\n'
    )


def _header(element: Element) -> str:
    wash = WASHES.get(element.get("style", ""), SUNK)
    edge = COLORS.get(element.get("style", ""), QUIET)
    inside = "".join(map(_drawn, element["items"]))
    return (
        f'<tr><td bgcolor="{wash}" style="background-color:{wash};border-top:4px solid {edge};padding:16px 24px">'
        f"{inside}</td></tr>"
    )


def _row(element: Element) -> str:
    top = GAPS.get(element.get("spacing", ""), 14)
    return f'<tr><td style="padding:{top}px 24px 0">{_drawn(element)}</td></tr>'


def _buttons(actions: list[Element]) -> str:
    """The buttons, the first one filled. Each has a cell of its own, so that Outlook draws its border."""
    cells = []
    for number, action in enumerate(actions):
        back, text = (INK, SURFACE) if number == 0 else (SURFACE, INK)
        cells.append(
            f'{_TABLE} align="left" style="margin:0 8px 8px 0"><tr><td bgcolor="{back}" style="background-color:{back};'
            f'border:1px solid {INK};border-radius:4px;padding:9px 16px">'
            f"{_link(action['url'], escape(action['title']), f'color:{text};font:bold 14px {FONT};text-decoration:none')}"
            "</td></tr></table>"
        )
    return f'<tr><td style="padding:20px 24px 0">{"".join(cells)}</td></tr>' if cells else ""


def _drawn(element: Element) -> str:
    return _ELEMENTS[element["type"]](element)


def _all(elements: list[Element]) -> str:
    """Elements below each other, with the spacing of each."""
    first, *others = elements
    spaced = [
        f'<div style="padding-top:{GAPS.get(each.get("spacing", ""), 10)}px">{_drawn(each)}</div>' for each in others
    ]
    return "".join([_drawn(first), *spaced])


def _text_block(element: Element) -> str:
    number, address, rest = split_link(element["text"])
    linked = _link(address, escape(number), f"color:{INK}") if address else ""
    align = "center" if element.get("horizontalAlignment") == "Center" else "left"
    return f'<div style="{_style(element)};text-align:{align}">{linked}{_shown(without_markdown(rest))}</div>'


def _rich_text(element: Element) -> str:
    runs = "".join(f'<span style="{_style(run)}">{_shown(run["text"])}</span>' for run in element["inlines"])
    return f'<div style="line-height:1.5;overflow-wrap:anywhere">{runs}</div>'


def _facts(element: Element) -> str:
    rows = "".join(
        f'<tr><td valign="top" style="{_style({"isSubtle": True})};padding:2px 16px 2px 0;white-space:nowrap">'
        f"{escape(fact_name(fact['title']))}</td>"
        f'<td valign="top" style="{_style({})};padding:2px 0">{_shown(without_markdown(fact["value"]))}</td></tr>'
        for fact in element["facts"]
    )
    return f"{_TABLE}>{rows}</table>"


def _container(element: Element) -> str:
    inside = _all(element["items"])
    if "selectAction" in element:
        address = element["selectAction"]["url"]
        arrow = _link(address, "→", f"color:{INK};font:16px {FONT};text-decoration:none")
        inside = (
            f'{_TABLE} width="100%"><tr><td style="border-top:1px solid {LINE};padding:8px 0">{inside}</td>'
            f'<td width="28" align="right" style="border-top:1px solid {LINE}">{arrow}</td></tr></table>'
        )
    wash = WASHES.get(element.get("style", ""))
    if wash is None:
        return inside
    return (
        f'{_TABLE} width="100%" bgcolor="{wash}" style="background-color:{wash}"><tr>'
        f'<td style="padding:12px 16px">{inside}</td></tr></table>'
    )


def _columns(element: Element) -> str:
    """The numbers of a digest as boxes that wrap on a phone; other columns side by side."""
    if all(column.get("style") for column in element["columns"]):
        return "".join(map(_box, element["columns"]))
    cells = []
    for column in element["columns"]:
        width = ' width="100%"' if column["width"] == "stretch" else ""
        cells.append(f'<td valign="middle"{width} style="padding-right:16px">{_all(column["items"])}</td>')
    return f'{_TABLE} width="100%"><tr>{"".join(cells)}</tr></table>'


def _box(column: Element) -> str:
    wash = WASHES.get(column["style"], SUNK)
    return (
        f'{_TABLE} align="left" width="86" bgcolor="{wash}" style="width:86px;background-color:{wash};'
        f'border:2px solid {SURFACE}"><tr><td style="padding:8px 4px">{_all(column["items"])}</td></tr></table>'
    )


def _style(element: Element) -> str:
    color = COLORS.get(element.get("color", ""), QUIET if element.get("isSubtle") else INK)
    weight = "bold" if element.get("weight") == "Bolder" else "normal"
    size, font = SIZES.get(element.get("size", ""), 15), FONT
    if element.get("fontType") == "Monospace":
        font = MONOSPACE
    wrap = "white-space:nowrap" if element.get("wrap") is False else "overflow-wrap:anywhere"
    return f"color:{color};font:{weight} {size}px/1.5 {font};{wrap}"


def _shown(text: str) -> str:
    return escape(text).replace(WIDE, "&ensp;")


def _link(address: str, inside: str, style: str) -> str:
    return f'<a href="{escape(address)}" style="{style}">{inside}</a>'


_ELEMENTS: dict[str, Callable[[Element], str]] = {
    "TextBlock": _text_block,
    "RichTextBlock": _rich_text,
    "FactSet": _facts,
    "Container": _container,
    "ColumnSet": _columns,
}
