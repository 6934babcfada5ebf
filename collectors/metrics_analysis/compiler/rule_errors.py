"""Everything that is wrong with the rules, collected before anything is raised."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.errors import InputError
from shared.strict_yaml import Document


class RuleErrors(InputError):  # noqa: N818
    """All errors of all rule files; `errors` are in the order of files and lines."""

    def __init__(self, errors: list[InputError]) -> None:
        self.errors = sorted(errors, key=lambda error: (error.file or "", error.line or 0))
        super().__init__("\n".join(str(error) for error in self.errors))


@dataclass(frozen=True, slots=True)
class Problems:
    """Takes the errors of one YAML document."""

    document: Document
    errors: list[InputError] = field(default_factory=list)
    warnings: list[InputError] = field(default_factory=list)

    def add(self, message: str, *path: str | int) -> None:
        """Notes an error at a path of the document: one line that says what to do."""
        self.errors.append(self.document.error(" ".join(message.split()), *path))

    def warn(self, message: str, *path: str | int) -> None:
        """Notes what is probably not meant, though the rule works."""
        self.warnings.append(self.document.error(" ".join(message.split()), *path))
