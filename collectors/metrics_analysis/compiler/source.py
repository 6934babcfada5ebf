"""Reads the rule files of a folder and names their rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.compiler.rule_errors import Problems
from collectors.metrics_analysis.sigma import rule_files
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.strict_yaml import Document, load_all
from shared.texts import compiler as texts
from shared.texts.validation import NO_UTF8

NO_RULES = ("metrics", "load")  # the metric catalogue has its own compiler (metrics.py)


@dataclass(frozen=True, slots=True)
class Source:
    """One Sigma document: a rule or a correlation, named after its file."""

    name: str
    service: str
    path: Path
    document: Document
    problems: Problems
    rule: dict[str, Any] = field(default_factory=dict)

    @property
    def is_correlation(self) -> bool:
        """Whether the document is a Sigma correlation."""
        return "correlation" in self.rule


def read(rules_dir: Path, errors: list[InputError]) -> list[Source]:
    """Every document of every rule file. Unreadable files are added to `errors`."""
    sources: list[Source] = []
    for path in rule_files.sources(rules_dir):
        if path.parent.name in NO_RULES:
            continue
        try:
            documents = load_all(path.read_text(encoding="utf-8"), str(path))
        except InputError as error:
            errors.append(error)
        except UnicodeDecodeError:
            errors.append(InputError(NO_UTF8, file=path))
        else:
            if not documents:
                errors.append(InputError(texts.EMPTY_FILE, file=path, line=1))
            sources += _sources(path, documents, errors)
    return sources


def _sources(path: Path, documents: list[Document], errors: list[InputError]) -> Iterator[Source]:
    if path.suffix != ".yml":
        errors.append(InputError(texts.RULE_SUFFIX, file=path, line=1))
    speakers = [document for document in documents if not _only_counts(document.value)]
    for document in documents:
        rule = document.value
        problems = Problems(document, errors)
        if not isinstance(rule, dict):
            problems.add(texts.NO_MAP)
            continue
        # The first document with findings has the name of the file; others append their own.
        own = len(documents) > 1 and document not in speakers[:1]
        if own and not isinstance(rule.get("name"), str):
            problems.add(texts.NAME_NEEDED)
        name = f"{path.parent.name}/{path.stem}" + (f".{rule.get('name')}" if own else "")
        yield Source(name, path.parent.name, path, document, problems, rule)


def _only_counts(rule: Any) -> bool:
    block = rule.get("hinomi") if isinstance(rule, dict) else None
    return isinstance(block, dict) and "only" in block
