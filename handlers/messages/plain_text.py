"""A card as plain text: the text part of an e-mail, and the message of services that show no markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from handlers.cards.elements import NO_BREAK_SPACE, WIDE, WORD_JOINER, Element

_ESCAPED = re.compile(r"\\([\\*_\[\]`~])")
_LINK = re.compile(r"\[(#\d+)\]\((https?://\S+)\)(?= )")


def as_plain_text(message: Element) -> str:
    """The text of the card in a message, followed by its buttons with their addresses, one per line."""
    content = message["attachments"][0]["content"]
    elements, reference = split_reference(content["body"])
    blocks = [list(_lines(element)) for element in elements]
    buttons = [f"{button['title']}: {button['url']}" for button in content.get("actions", [])]
    blocks.append([*buttons, *_all(reference)])
    return "\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n"


def split_reference(body: list[Element]) -> tuple[list[Element], list[Element]]:
    """The elements above the buttons, and the last line with number and command, below the buttons."""
    has_reference = len(body) > 1 and body[-1]["type"] == "RichTextBlock"
    return (body[:-1], body[-1:]) if has_reference else (body, [])


def without_markdown(text: str) -> str:
    """The text of a TextBlock or a Fact as readers see it."""
    return _ESCAPED.sub(r"\1", text)


def split_link(text: str) -> tuple[str, str, str]:
    """Splits a short line of a digest into its number, the address of the number, and the rest; the first two may be empty."""
    match = _LINK.match(text)
    return (match[1], match[2], text[match.end() :]) if match else ("", "", text)


def fact_name(title: str) -> str:
    """The name of a fact with normal spaces, at which lines may break."""
    return title.replace(WORD_JOINER, "").replace(NO_BREAK_SPACE, " ")


def _lines(element: Element) -> Iterator[str]:
    return _LINES[element["type"]](element)


def _all(elements: list[Element]) -> Iterator[str]:
    for element in elements:
        yield from _lines(element)


def _text_block(element: Element) -> Iterator[str]:
    number, address, rest = split_link(element["text"])
    line = f"{number}{without_markdown(rest)}"
    yield f"{line}\n  {address}" if address else line


def _rich_text(element: Element) -> Iterator[str]:
    yield "".join(run["text"] for run in element["inlines"]).replace(WIDE, "  ")


def _facts(element: Element) -> Iterator[str]:
    for fact in element["facts"]:
        yield f"{fact_name(fact['title'])}: {without_markdown(fact['value'])}"


def _container(element: Element) -> Iterator[str]:
    yield from _all(element["items"])
    if "selectAction" in element:
        yield f"  {element['selectAction']['url']}"


def _columns(element: Element) -> Iterator[str]:
    """Columns side by side: the numbers of a digest in one line, the texts of a band below each other."""
    columns = [list(_all(column["items"])) for column in element["columns"]]
    if all(column.get("style") for column in element["columns"]):
        yield " · ".join(" ".join(reversed(lines)) for lines in columns)
        return
    (symbol, *_), *others = columns
    first, *rest = [line for lines in others for line in lines]
    yield f"{symbol} {first}"
    yield from rest


_LINES: dict[str, Callable[[Element], Iterator[str]]] = {
    "TextBlock": _text_block,
    "RichTextBlock": _rich_text,
    "FactSet": _facts,
    "Container": _container,
    "ColumnSet": _columns,
}
