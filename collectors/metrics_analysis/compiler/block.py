"""Compiles the `hinomi` block of a rule.

rule_schema.py has its keys and their types; this module checks the keys that depend on the rest of the rule: fields of log
entries in templates, named groups of regular expressions, and conditions over the rule's detections.
"""

from __future__ import annotations

from typing import Any

from collectors.metrics_analysis.compiler import entry_fields, items
from collectors.metrics_analysis.compiler.detection import Detection
from collectors.metrics_analysis.compiler.rule_errors import Problems
from collectors.metrics_analysis.compiler.rule_schema import (
    PRINCIPAL,
    CorrelationBlock,
    ExtractKeys,
    FindingBlock,
    NextStepKeys,
    RecoveryKeys,
)
from collectors.metrics_analysis.sigma import template
from shared import validation
from shared.errors import InvalidValueError, text_of
from shared.lazy.dataclass import dataclass
from shared.texts import compiler as texts
from shared.texts.findings import RULE_RECOVERED

AT = "hinomi"
ONLY = "only"
KEYS = tuple(field.alias or name for name, field in FindingBlock.model_fields.items())
REQUIRED = tuple(name for name, field in FindingBlock.model_fields.items() if field.is_required())

# The compiled block of a rule that makes no findings, and of a rule whose block has mistakes.
EMPTY: dict[str, Any] = {
    "resource": "",
    "principal": PRINCIPAL,
    "run": "",
    "links": [],
    "explains": False,
    "summary": "",
    "kind": "",
    "fault": "",
    "fingerprint": [],
    "labels": {},
    "extract": [],
    "state": False,
    "mode": "enabled",
    "recovery": None,
    "quiet": None,
    "recovered": "",
    "start": None,
    "remember": None,
    "translations": {},
    "error": None,
    "next": [],
    "reason_log": [],
}


def read(problems: Problems, detection: Detection | None, *, is_correlation: bool = False) -> dict[str, Any] | None:
    """The compiled block; None if a key or a type is wrong. Mistakes are added to `problems`."""
    model = CorrelationBlock if is_correlation else FindingBlock
    block, errors = validation.check(model, problems.document, AT)
    problems.errors.extend(errors)
    return _Compiler(block, problems, detection).compiled() if block else None


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Compiles one block; `detection` is None for a correlation, and for a rule whose detection has mistakes."""

    block: CorrelationBlock
    problems: Problems
    detection: Detection | None

    def compiled(self) -> dict[str, Any]:
        block = self.block
        names = [name for at, extract in enumerate(block.extract) for name in self._groups(extract, at)]
        templates = {key: getattr(block, key) for key in ("resource", "principal", "run", "summary")}
        for key, text in templates.items():
            self._check_template(text, names, key)
        for at, text in enumerate(block.fingerprint):
            self._check_template(text, names, "fingerprint", at)
        for label, text in block.labels.items():
            self._check_template(text, names, "labels", label)
        for at, links in enumerate(block.links):
            for key, linked in links.model_dump().items():
                for text in _texts(linked):
                    self._check_template(text, names, "links", at, key)
        return {
            **templates,
            "links": [links.model_dump() for links in block.links],
            "explains": isinstance(block, FindingBlock) and block.explains,
            "kind": str(block.kind),
            "fault": block.fault,
            "fingerprint": block.fingerprint,
            "labels": block.labels,
            "state": block.state,
            "mode": str(block.mode),
            "extract": [extract.model_dump() for extract in block.extract],
            **self._recovery(names),
            "start": self._start(),
            "remember": self._remember(names),
            "translations": self._translations(names),
            "error": block.error and str(block.error),
            "next": [self._next_step(step, at, names) for at, step in enumerate(block.next_steps)],
            "reason_log": self._reason_log(names),
        }

    def _reason_log(self, names: list[str]) -> list[str]:
        conditions = self.block.reason_log if isinstance(self.block, FindingBlock) else []
        for at, condition in enumerate(conditions):
            self._check_template(condition, names, "reason_log", at)
        return conditions

    def _next_step(self, step: NextStepKeys, at: int, names: list[str]) -> dict[str, Any]:
        """A step with its commands, whose values are checked like those of any template."""
        for command in step.command:
            self._check_template(command, names, "next", at, "command")
        return {"en": step.en, "ja": step.ja, "commands": step.command}

    def _check_template(self, text: str, names: list[str], *path: str | int) -> None:
        try:
            for alternative in template.alternatives(text):
                self._check_alternative(alternative, names)
        except ValueError as error:
            self.problems.add(texts.INVALID_TEMPLATE(text=text, error=text_of(error)), AT, *path)

    def _check_alternative(self, alternative: template.Alternative, names: list[str]) -> None:
        is_rule = isinstance(self.block, FindingBlock)
        steps = entry_fields.parse(alternative.path, ["extracted"] if is_rule else ["extracted", "count"])
        if steps[0] == "extracted" and (len(steps) != 2 or steps[1] not in names):
            raise InvalidValueError(texts.NO_GROUP(path=alternative.path))

    def _groups(self, extract: ExtractKeys, at: int) -> list[str]:
        """The names of the groups of an extract."""
        import re2  # type: ignore[import-untyped]  # noqa: PLC0415

        for key, path in (("field", extract.field), ("when", extract.when)):
            try:
                entry_fields.parse(path or extract.field)
            except ValueError as error:
                self.problems.add(text_of(error), AT, "extract", at, key)
        wrong = items.regex_problem(extract.regex)
        names = [] if wrong else list(re2.compile(extract.regex).groupindex)
        if not names:
            message = wrong or texts.NO_NAMED_GROUP
            self.problems.add(message, AT, "extract", at, "regex")
        return names

    def _event(self) -> RecoveryKeys | None:
        """The compiled condition of a recovery by an event, or None."""
        recovery = self.block.recovery
        return recovery if isinstance(recovery, RecoveryKeys) and recovery.condition is not None else None

    def _recovery(self, names: list[str]) -> dict[str, Any]:
        quiet = self.block.recovery.quiet if self.block.recovery else None
        event = self._event()
        if event is None:
            return {"recovery": None, "quiet": quiet, "recovered": ""}
        recovered = RULE_RECOVERED.en if event.summary is None else event.summary
        self._check_template(recovered, names, "recovery", "summary")
        tree = self.detection.tree(event.condition, AT, "recovery", "condition") if self.detection else None
        return {"recovery": tree, "quiet": quiet, "recovered": recovered}

    def _translations(self, names: list[str]) -> dict[str, dict[str, str]]:
        """The Japanese texts, `{"ja": {"title": …, "summary": …, "recovered": …}}`; empty if there are none."""
        japanese = self.block.ja
        if japanese is None:
            return {}
        default = RULE_RECOVERED.ja if self._event() else ""
        recovered = default if japanese.recovered is None else japanese.recovered
        self._check_template(japanese.summary, names, "ja", "summary")
        self._check_template(recovered, names, "ja", "recovered")
        return {"ja": {"title": japanese.title, "summary": japanese.summary, "recovered": recovered}}

    def _start(self) -> list[Any] | None:
        operation = self.block.operation if isinstance(self.block, FindingBlock) else None
        if operation is None or self.detection is None:
            return None
        return self.detection.tree(operation.start, AT, "operation", "start")

    def _remember(self, names: list[str]) -> dict[str, Any] | None:
        block = self.block.remember if isinstance(self.block, FindingBlock) else None
        if block is None or self.detection is None:
            return None
        for at, text in enumerate(block.key):
            self._check_template(text, names, "remember", "key", at)
        named = [("fields", path) for path in block.fields]
        named += [(name, path) for name in ("mask", "differences") if (path := getattr(block, name))]
        lists = block.values.model_dump().values() if block.values else ()
        named += [("values", path) for paths in lists for path in paths]
        for name, path in named:
            self._check_path(path, "remember", name)
        conditions = {"entries": block.entries, "complete": block.complete, "use": block.use}
        trees = {
            name: self.detection.tree(text, AT, "remember", name) if text else None for name, text in conditions.items()
        }
        options = {name: getattr(block, name) for name in ("fill", "deltas", "differences")}
        options["mask"] = block.mask or ""
        options["values"] = block.values.model_dump() if block.values else None
        return {"key": block.key, "fields": block.fields, **options, **trees}

    def _check_path(self, path: str, *where: str) -> None:
        try:
            entry_fields.parse(path)
        except ValueError as error:
            self.problems.add(text_of(error), AT, *where)


def _texts(linked: object) -> list[str]:
    """The templates in one value of `links`."""
    if isinstance(linked, dict):
        return list(linked.values())
    if isinstance(linked, list):
        return linked
    return [linked] if isinstance(linked, str) else []
