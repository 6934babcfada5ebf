"""Collects all mistakes in the rules before an error is raised."""

from __future__ import annotations

from dataclasses import field

from shared.errors import InputError, messages
from shared.lazy.dataclass import dataclass
from shared.strict_yaml import Document
from shared.texts import Text, as_text


class RuleErrors(InputError):  # noqa: N818
    """All errors of all rule files; `errors` are ordered by file and line."""

    def __init__(self, errors: list[InputError]) -> None:
        self.errors = sorted(errors, key=lambda error: (error.file or "", error.line or 0))
        super().__init__(messages(self.errors))


@dataclass(frozen=True, slots=True)
class Problems:
    """Collects the errors of one YAML document."""

    document: Document
    errors: list[InputError] = field(default_factory=list)
    warnings: list[InputError] = field(default_factory=list)

    def add(self, message: Text | str, *path: str | int) -> None:
        """Adds an error at a path of the document, in one line: the mistake and its correction."""
        self.errors.append(self.document.error(_folded(message), *path))

    def warn(self, message: Text | str, *path: str | int) -> None:
        """Adds a warning about a likely mistake in a rule that works."""
        self.warnings.append(self.document.error(_folded(message), *path))


def _folded(message: Text | str) -> Text:
    """The message on one line."""
    text = as_text(message)
    return Text(en=" ".join(text.en.split()), ja=" ".join(text.ja.split()))
