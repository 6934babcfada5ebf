"""Collects all mistakes in the rules before an error is raised."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.errors import InputError
from shared.strict_yaml import Document


class RuleErrors(InputError):  # noqa: N818
    """All errors of all rule files; `errors` are ordered by file and line."""

    def __init__(self, errors: list[InputError]) -> None:
        self.errors = sorted(errors, key=lambda error: (error.file or "", error.line or 0))
        super().__init__("\n".join(str(error) for error in self.errors))


@dataclass(frozen=True, slots=True)
class Problems:
    """Collects the errors of one YAML document."""

    document: Document
    errors: list[InputError] = field(default_factory=list)
    warnings: list[InputError] = field(default_factory=list)

    def add(self, message: str, *path: str | int) -> None:
        """Adds an error at a path of the document: one line with the mistake and the correction."""
        self.errors.append(self.document.error(" ".join(message.split()), *path))

    def warn(self, message: str, *path: str | int) -> None:
        """Adds a warning about a likely mistake in a rule that works."""
        self.warnings.append(self.document.error(" ".join(message.split()), *path))
