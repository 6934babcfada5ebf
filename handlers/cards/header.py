"""The coloured header of every card, and the terms of its labels."""

from __future__ import annotations

from handlers.cards.elements import Element, Style, column, columns, container, line, run, text_block
from handlers.cards.escape import markdown, plain
from shared.identity.service_names import NAMES
from shared.model import IncidentKind, Severity

STYLES: dict[Severity, Style] = {
    Severity.CRITICAL: "attention",
    Severity.HIGH: "attention",
    Severity.MEDIUM: "warning",
    Severity.LOW: "accent",
    Severity.INFORMATIONAL: "accent",
}
# Of an incident that was closed without a recovery: neither an alert nor a success.
ENDED: Style = "emphasis"
GLYPHS = {IncidentKind.IRREGULAR_ACCESS: "🔓", IncidentKind.JOB_FAILURE: "💥", IncidentKind.LOAD_ISSUE: "📈"}


def service_name(service: str, length: int) -> str:
    """The product's name of a service, or the service as it is written, for a TextRun."""
    return NAMES.get(service) or plain(service, length)


def header(style: Style, glyph: str, labels: list[str], title: str, length: int) -> Element:
    """The header on the style's colour: a symbol, a line of labels in plain text (the first one emphasised), and the title."""
    first, *rest = [label for label in labels if label]
    color = "default" if style in ("default", "emphasis") else style
    label_line = line(
        run(first, weight="Bolder", color=color, size="Small"),
        *[run(f" · {label}", size="Small") for label in rest],
    )
    heading = text_block(markdown(title, length) or "–", size="Large", weight="Bolder", spacing="None")
    content = columns(
        column("auto", [text_block(glyph, size="ExtraLarge", wrap=False)], verticalContentAlignment="Center"),
        column("stretch", [label_line, heading], spacing="Medium"),
    )
    return container([content], style=style, bleed=True)
