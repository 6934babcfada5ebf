"""Validates requests like a Workflows webhook: the envelope, and elements and properties of Adaptive Cards up to 1.4.

Compiled from adaptivecards.io/explorer and learn.microsoft.com ("Designing Adaptive Cards for your Teams app"). Only
elements that Hinomi uses are known; anything else is a problem, so that a new element is looked up before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[Any], bool]


def _one_of(*values: str) -> Check:
    return lambda value: value in values


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and all(ord(char) >= 0x20 for char in value)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _address(value: Any) -> bool:
    """https, or http on the local machine, for a demo's dashboard."""
    return isinstance(value, str) and bool(re.match(r"https://[\w.-]+|http://(127\.0\.0\.1|localhost)[:/]", value))


_COLOR = _one_of("default", "dark", "light", "accent", "good", "warning", "attention")
_STYLE = _one_of("default", "emphasis", "good", "attention", "warning", "accent")
_ELEMENT: dict[str, Check] = {
    "spacing": _one_of("None", "Small", "Default", "Medium", "Large", "ExtraLarge", "Padding"),
    "separator": _flag,
    "horizontalAlignment": _one_of("Left", "Center", "Right"),
}
_FONT: dict[str, Check] = {
    "color": _COLOR,
    "fontType": _one_of("Default", "Monospace"),
    "isSubtle": _flag,
    "size": _one_of("Small", "Default", "Medium", "Large", "ExtraLarge"),
    "weight": _one_of("Lighter", "Default", "Bolder"),
}
_BOX: dict[str, Check] = {
    "style": _STYLE,
    "bleed": _flag,
    "verticalContentAlignment": _one_of("Top", "Center", "Bottom"),
    "selectAction": lambda value: isinstance(value, dict),
}

# Type → required properties, optional properties. `_children` checks the children.
_KNOWN: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "TextBlock": ({"text": _text}, {"wrap": _flag, **_FONT, **_ELEMENT}),
    "RichTextBlock": ({"inlines": _list}, _ELEMENT),
    "TextRun": ({"text": _text}, {"italic": _flag, "strikethrough": _flag, **_FONT}),
    "FactSet": ({"facts": _list}, _ELEMENT),
    "Container": ({"items": _list}, {**_BOX, **_ELEMENT}),
    "ColumnSet": ({"columns": _list}, {**_BOX, **_ELEMENT}),
    "Column": ({"items": _list}, {"width": _one_of("auto", "stretch"), **_BOX, **_ELEMENT}),
    "Action.OpenUrl": ({"title": _text, "url": _address}, {}),
}
_CARD: tuple[dict[str, Check], dict[str, Check]] = (
    {"version": _one_of("1.0", "1.1", "1.2", "1.3", "1.4"), "body": _list, "fallbackText": _text},
    {
        "$schema": _text,
        "lang": _one_of("en", "ja"),
        "msteams": lambda value: value == {"width": "Full"},
        "actions": lambda value: _list(value) and len(value) <= 6,
    },
)
_FACT: dict[str, Check] = {"title": _text, "value": _text}
_CHILDREN = {
    "body": ("TextBlock", "RichTextBlock", "FactSet", "Container", "ColumnSet"),
    "items": ("TextBlock", "RichTextBlock", "FactSet", "Container", "ColumnSet"),
    "columns": ("Column",),
    "inlines": ("TextRun",),
    "actions": ("Action.OpenUrl",),
    "selectAction": ("Action.OpenUrl",),
}


def problems(message: Any) -> list[str]:
    """The problems in the body of a request, each with its path; empty for a valid one."""
    if not isinstance(message, dict) or message.get("type") != "message" or set(message) != {"type", "attachments"}:
        return ["the body is not {type: message, attachments: […]}"]
    attachments = message["attachments"]
    if not isinstance(attachments, list) or len(attachments) != 1 or not isinstance(attachments[0], dict):
        return ["attachments is not a list of one card"]
    attachment = attachments[0]
    if set(attachment) != {"contentType", "contentUrl", "content"} or attachment["contentUrl"] is not None:
        return ["the attachment is not {contentType, contentUrl: null, content}"]
    if attachment["contentType"] != "application/vnd.microsoft.card.adaptive":
        return [f"contentType is {attachment['contentType']!r}"]
    content = attachment["content"]
    if not isinstance(content, dict) or content.get("type") != "AdaptiveCard":
        return ["content is no AdaptiveCard"]
    return [*_properties(content, *_CARD, "card"), *_children(content, "card")]


def _element(element: Any, allowed: tuple[str, ...], path: str) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in allowed:
        yield f"{path}: {kind!r} is not one of {', '.join(allowed)}"
        return
    yield from _properties(element, *_KNOWN[kind], path)
    yield from _children(element, path)


def _properties(element: Any, required: dict[str, Check], optional: dict[str, Check], path: str) -> Iterator[str]:
    yield from (f"{path}.{name} is missing" for name in required if name not in element)
    checks = {**required, **optional}
    for name, value in element.items():
        if name == "type":
            continue
        if name not in checks:
            yield f"{path}.{name} is not known"
        elif not checks[name](value):
            yield f"{path}.{name} is {value!r:.80}"


def _children(element: dict[str, Any], path: str) -> Iterator[str]:
    for name, allowed in _CHILDREN.items():
        inside = element.get(name, [])
        for index, child in enumerate(inside if isinstance(inside, list) else [inside]):
            yield from _element(child, allowed, f"{path}.{name}[{index}]")
    for index, fact in enumerate(element.get("facts", [])):
        if isinstance(fact, dict):
            yield from _properties(fact, _FACT, {}, f"{path}.facts[{index}]")
        else:
            yield f"{path}.facts[{index}] is no fact"
