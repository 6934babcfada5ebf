"""handlers.yaml → checked handler rules, or everything that is wrong with it, with file and line."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from handlers import registry
from handlers.spec import PATTERN_FIELDS, HandlerSpec, Match, as_patterns
from shared.durations import parse_duration
from shared.errors import InputError
from shared.model import IncidentKind, Mode, Severity, Trigger
from shared.strict_yaml import Document, load
from shared.strict_yaml import Path as Where

# Incidents of these come from outside: from reports, Cloud Monitoring, the platform map or Hinomi itself.
NOT_SHIPPED = ("report/", "cloud_monitoring/", "platform/", "hinomi/")
KEYS = ("name", "enabled", "match", "on", "action", "params", "mode", "cooldown", "budget")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_BUDGET = re.compile(r"([1-9][0-9]{0,4})/h")
T = TypeVar("T", bound=StrEnum)


def read(path: Path) -> tuple[list[HandlerSpec], list[InputError]]:
    """The rules of the file in their order, and all that is wrong; with an error the rules are not complete."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [], [InputError(f"cannot be read: {error}", file=path)]
    try:
        document = load(text, str(path))
    except InputError as error:
        return [], [error]
    return _Reader(document).rules()


def doubts(path: Path, rules: Collection[str], services: Collection[str]) -> list[InputError]:
    """What is not wrong in a file that `read` takes but matches none of the rules or services that there are."""
    document = load(path.read_text(encoding="utf-8"), str(path))
    found = []
    for index, block in enumerate(document.value["handlers"]):
        match = block.get("match", {})
        for name, known, elsewhere in (("rule", rules, NOT_SHIPPED), ("service", services, ())):
            for pattern in as_patterns(match.get(name, ())):
                if not pattern.startswith(tuple(elsewhere)) and not any(fnmatchcase(one, pattern) for one in known):
                    message = f"no {name} that is shipped matches '{pattern}'"
                    found.append(document.error(message, "handlers", index, "match", name))
    return sorted(found, key=lambda doubt: doubt.line or 0)


class _Reader:
    """Goes through one document and notes every error instead of stopping at the first."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.errors: list[InputError] = []

    def rules(self) -> tuple[list[HandlerSpec], list[InputError]]:
        value = self.document.value
        if not isinstance(value, dict) or set(value) != {"handlers"} or not isinstance(value["handlers"], list):
            return [], [self.document.error("write one key, 'handlers', with a list of handler rules")]
        found = [self._rule(block, ("handlers", index)) for index, block in enumerate(value["handlers"])]
        rules = [rule for rule in found if rule]
        self._check_names(value["handlers"])
        return rules, sorted(self.errors, key=lambda error: error.line or 0)

    def _match(self, block: Any, path: Where) -> Match:
        """The match block; wrong parts are noted and left out."""
        if not isinstance(block, dict):
            self._error("'match' is a block such as {kind: job_failure, severity: high}", path)
            return Match()
        self._check_keys(block, (*PATTERN_FIELDS, "severity", "labels"), "match", path)
        patterns = {name: self._patterns(name, block[name], (*path, name)) for name in PATTERN_FIELDS if name in block}
        for kind in patterns.get("kind", ()):
            if kind not in list(IncidentKind) and not set(kind) & set("*?["):
                self._error(f"there is no kind '{kind}': use {', '.join(IncidentKind)}", (*path, "kind"))
        severity = self._choice(Severity, block.get("severity", Severity.INFORMATIONAL), (*path, "severity"))
        labels = self._labels(block.get("labels", {}), (*path, "labels"))
        return Match(severity=severity or Severity.INFORMATIONAL, labels=labels, **patterns)

    def _rule(self, block: Any, path: Where) -> HandlerSpec | None:
        if not isinstance(block, dict):
            self._error("a handler rule is a block that begins with its name", path)
            return None
        self._check_keys(block, KEYS, "handler rule", path)
        name, action = self._name(block, path), self._action(block, path)
        return HandlerSpec(
            name=name,
            action=action,
            match=self._match(block.get("match", {}), (*path, "match")),
            on=self._triggers(block.get("on", [Trigger.OPENED]), (*path, "on")),
            params=self._params(action, block.get("params", {}), (*path, "params")) if action else {},
            mode=self._mode(action, block, path),
            cooldown=self._cooldown(block, path),
            budget=self._budget(block, path),
            enabled=self._enabled(block, path),
        )

    def _name(self, block: dict[str, Any], path: Where) -> str:
        """The name; empty when it is none, and then the rest is still checked."""
        name = block.get("name")
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name
        self._error("give the rule a name of a-z, 0-9, - and _", (*path, "name"))
        return ""

    def _action(self, block: dict[str, Any], path: Where) -> str:
        """The action; empty when there is no such one, and then the rest but its parameters is still checked."""
        action = block.get("action")
        if isinstance(action, str) and action in registry.names():
            return action
        self._error(f"'action' is one of {', '.join(registry.names())}, not '{action}'", (*path, "action"))
        return ""

    def _triggers(self, value: Any, path: Where) -> tuple[Trigger, ...]:
        names = value if isinstance(value, list) else [value]
        if not names:
            self._error(f"'on' names at least one of {', '.join(Trigger)}", path)
        found = [self._choice(Trigger, name, path) for name in names]
        return tuple(trigger for trigger in found if trigger)

    def _params(self, action: str, values: Any, path: Where) -> dict[str, Any]:
        """The parameters as written; the action's own class has checked them."""
        if not isinstance(values, dict):
            self._error(f"'params' is a block, not {values!r}", path)
            return {}
        try:
            registry.params(registry.find(action), values)
        except registry.ParamError as error:
            self._error(error.message, (*path, error.param) if error.param else path)
        except InputError as error:
            self._error(error.message, path)
        return values

    def _mode(self, action: str, block: dict[str, Any], path: Where) -> Mode:
        """A repair starts as a dry run; a notification is sent."""
        default = Mode.DRY_RUN if registry.is_remediation(action) else Mode.AUTO
        return self._choice(Mode, block.get("mode", default), (*path, "mode")) or default

    def _cooldown(self, block: dict[str, Any], path: Where) -> timedelta | None:
        if "cooldown" not in block:
            return None
        try:
            return parse_duration(str(block["cooldown"]))
        except InputError as error:
            self._error(error.message, (*path, "cooldown"))
            return None

    def _budget(self, block: dict[str, Any], path: Where) -> int | None:
        if "budget" not in block:
            return None
        found = _BUDGET.fullmatch(str(block["budget"]))
        if not found:
            self._error(f"'budget' is runs per hour, such as 5/h, not '{block['budget']}'", (*path, "budget"))
        return int(found[1]) if found else None

    def _enabled(self, block: dict[str, Any], path: Where) -> bool:
        value = block.get("enabled", True)
        if not isinstance(value, bool):
            self._error("'enabled' is true or false", (*path, "enabled"))
        return value is True

    def _labels(self, value: Any, path: Where) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            self._error("'labels' is a block of label: pattern", path)
            return {}
        return {str(name): self._patterns(str(name), patterns, (*path, name)) for name, patterns in value.items()}

    def _patterns(self, name: str, value: Any, path: Where) -> tuple[str, ...]:
        items = value if isinstance(value, list) else [value]
        if not items or not all(isinstance(item, str) and item for item in items):
            self._error(f"'{name}' is a pattern or a list of patterns, not {value!r}", path)
            return ()
        return tuple(items)

    def _choice(self, choices: type[T], value: Any, path: Where) -> T | None:
        try:
            return choices(value)
        except ValueError:
            self._error(f"'{value}' is none of {', '.join(choices)}", path)
            return None

    def _check_keys(self, block: dict[Any, Any], known: Sequence[str], what: str, path: Where) -> None:
        for key in block:
            if key not in known:
                self._error(f"a {what} has no '{key}': use {', '.join(known)}", (*path, key))

    def _check_names(self, blocks: Sequence[Any]) -> None:
        names = [block.get("name") if isinstance(block, dict) else None for block in blocks]
        for index, name in enumerate(names):
            if name is not None and name in names[:index]:
                self._error(f"the name '{name}' is taken by another rule", ("handlers", index, "name"))

    def _error(self, message: str, path: Where) -> None:
        self.errors.append(self.document.error(message, *path))
