"""Reads handlers.yaml: checked handler rules, or all mistakes with file and line.

Only the command line and the build read the file; the release job gets the checked rules as JSON
(handlers/compiled.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from handlers import registry
from handlers.schema import HandlerKeys, HandlersFile, MatchKeys
from handlers.spec import PATTERN_FIELDS, HandlerSpec, Match
from shared import validation
from shared.errors import InputError
from shared.model import Mode
from shared.strict_yaml import Document, load
from shared.texts.cli import handlers as texts
from shared.texts.handler_rules import NAME_TAKEN
from shared.texts.validation import CANNOT_BE_READ

# Incidents of these rules come from outside: reports, Cloud Monitoring, the platform map or Hinomi itself.
NOT_SHIPPED = ("report/", "cloud_monitoring/", "platform/", "hinomi/")


def read(path: Path) -> tuple[list[HandlerSpec], list[InputError]]:
    """The rules of the file in their order, and all mistakes; no rules if there is a mistake."""
    file, document, errors = _checked(path)
    if file is None or document is None:
        return [], errors
    errors = list(_duplicates(file, document))
    return ([] if errors else [_spec(keys) for keys in file.handlers]), errors


def warnings(path: Path, rules: Collection[str], services: Collection[str]) -> list[InputError]:
    """Patterns of a valid file that match none of the known rules or services, ordered by line."""
    file, document, _ = _checked(path)
    found = []
    for index, keys in enumerate(file.handlers if file else ()):
        for name, known, elsewhere in (("rule", rules, NOT_SHIPPED), ("service", services, ())):
            for pattern in getattr(keys.match, name) or ():
                is_known = any(fnmatchcase(one, pattern) for one in known)
                if document and not is_known and not pattern.startswith(tuple(elsewhere)):
                    message = texts.NOT_SHIPPED(kind=texts.KINDS[name], pattern=pattern)
                    found.append(document.error(message, "handlers", index, "match", name))
    return sorted(found, key=lambda warning: warning.line or 0)


def _checked(path: Path) -> tuple[HandlersFile | None, Document | None, list[InputError]]:
    try:
        document = load(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        return None, None, [InputError(CANNOT_BE_READ(error=str(error)), file=path)]
    except InputError as error:
        return None, None, [error]
    file, errors = validation.check(HandlersFile, document)
    return file, document, errors


def _duplicates(file: HandlersFile, document: Document) -> Iterator[InputError]:
    names = [keys.name for keys in file.handlers]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield document.error(NAME_TAKEN(name=name), "handlers", index, "name")


def _spec(keys: HandlerKeys) -> HandlerSpec:
    """The rule with its defaults: a repair starts as a dry run, a notification is sent."""
    default = Mode.DRY_RUN if registry.is_remediation(keys.action) else Mode.AUTO
    return HandlerSpec(
        name=keys.name,
        action=keys.action,
        match=_match(keys.match),
        on=tuple(keys.on),
        params=keys.params,
        mode=keys.mode or default,
        cooldown=keys.cooldown,
        budget=keys.budget,
        enabled=keys.enabled,
    )


def _match(keys: MatchKeys) -> Match:
    patterns = {name: tuple(getattr(keys, name) or ()) for name in PATTERN_FIELDS}
    labels = {label: tuple(values) for label, values in keys.labels.items()}
    return Match(severity=keys.severity, labels=labels, **patterns)
