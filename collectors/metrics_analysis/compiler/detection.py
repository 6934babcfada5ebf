"""Compiles the detection section: extracts element-wise blocks, and converts conditions with pySigma."""

from __future__ import annotations

import re
from typing import Any

from sigma.conditions import ConditionIdentifier, ConditionSelector, SigmaCondition
from sigma.rule import SigmaDetections

from collectors.metrics_analysis.compiler import conditions, items
from collectors.metrics_analysis.compiler.entry_fields import suggestion
from collectors.metrics_analysis.compiler.rule_errors import Problems
from shared.errors import text_of
from shared.texts import compiler as texts

Path = tuple[str | int, ...]

# The community's proposal of array matching: https://github.com/SigmaHQ/sigma-specification/issues/212
_QUANTIFIER = re.compile(r"(?<!\\)\[(any|all|all_or_empty|none)\]")
_STAND_IN = "hinomi_block_{}"
_NAME = re.compile(r"[A-Za-z0-9_-]+")


class Detection:
    """The named detections of a rule, or of an element-wise block inside one (`inside`).

    `positions` is the position of each detection in the document.
    """

    def __init__(
        self,
        definitions: dict[str, Any],
        positions: dict[str, Path],
        problems: Problems,
        *,
        arrays: bool,
        inside: bool = False,
    ) -> None:
        self._positions = positions
        self._problems = problems
        self._arrays = arrays
        self._inside = inside
        self._blocks: dict[str, list[Any]] = {}
        self._used: set[str] = set()
        self._detections: SigmaDetections | None = None
        errors_before = len(problems.errors)
        for name in definitions:
            self._check_name(name)
        plain = {name: self._definition(value, positions[name]) for name, value in definitions.items()}
        if len(problems.errors) == errors_before:
            self._detections = SigmaDetections.from_dict({**plain, "condition": "1 of them"})

    def tree(self, text: Any, *where: str | int) -> list[Any] | None:
        """The node for a condition over the detections; None if the condition or a detection has a mistake."""
        if not isinstance(text, str):
            self._problems.add(texts.CONDITION_TEXT, *where)
            return None
        if self._detections is None:
            return None
        condition = SigmaCondition(text, self._detections)
        try:
            unknown = self._note_names(condition.parse(postprocess=False))
            if unknown:
                near = suggestion(unknown, self._positions)
                self._problems.add(texts.UNKNOWN_DETECTION(name=unknown, suggestion=near), *where)
                return None
            return conditions.convert(condition.parsed, self._blocks)
        except ValueError as error:
            self._problems.add(texts.WRONG_CONDITION(text=text, error=text_of(error)), *where)
            return None

    def check_all_used(self) -> None:
        """Reports detections that no condition uses."""
        for name, position in self._positions.items():
            if self._detections is not None and name not in self._used:
                self._problems.add(texts.UNUSED_DETECTION(name=name), *position)

    def _check_name(self, name: Any) -> None:
        if name == "timeframe":
            self._problems.add(texts.NO_TIMEFRAME, *self._positions[name])
        elif not isinstance(name, str) or not _NAME.fullmatch(name):
            self._problems.add(texts.INVALID_NAME(name=str(name)), *self._positions[name])

    def _note_names(self, parsed: Any) -> str:
        """Records the detections that a parsed condition names; returns the first unknown name, or None."""
        if isinstance(parsed, ConditionIdentifier):
            self._used.add(parsed.identifier)
            return "" if parsed.identifier in self._positions else parsed.identifier
        if isinstance(parsed, ConditionSelector) and self._detections is not None:
            self._used |= {item.identifier for item in parsed.resolve_referenced_detections(self._detections)}
            return ""
        return next((unknown for arg in getattr(parsed, "args", []) if (unknown := self._note_names(arg))), "")

    def _definition(self, value: Any, path: Path) -> Any:
        """`value` with placeholders for its element-wise blocks; reports its mistakes."""
        if isinstance(value, dict):
            if not value:
                self._problems.add(texts.EMPTY_DETECTION, *path)
            return dict(self._item(key, inner, (*path, key)) for key, inner in value.items())
        if isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
            return [self._definition(inner, (*path, at)) for at, inner in enumerate(value)]
        for problem in items.problems("", value, inside=self._inside, arrays=self._arrays):
            self._problems.add(problem, *path)
        return value

    def _item(self, key: Any, value: Any, path: Path) -> tuple[Any, Any]:
        if not isinstance(key, str):
            self._problems.add(texts.NO_FIELD_NAME(key=str(key)), *path)
            return key, value
        quantifier = _QUANTIFIER.search(key.partition("|")[0])
        if quantifier:
            return self._block(key, quantifier, value, path), True
        for problem in items.problems(key, value, inside=self._inside, arrays=self._arrays):
            self._problems.add(problem, *path)
        return key, value

    def _block(self, key: str, quantifier: re.Match[str], value: Any, path: Path) -> str:
        """Compiles `array[any]: {…}` or `array[any].field|modifier: value`; returns its placeholder field."""
        array, rest = key[: quantifier.start()], key[quantifier.end() :]
        if not self._arrays:
            self._problems.add(texts.NEEDS_VERSION(selector=f"[{quantifier[1]}]"), *path)
        if not array:
            self._problems.add(texts.NO_ARRAY(key=key, selector=f"[{quantifier[1]}]"), *path)
        for problem in items.problems(array, None, inside=self._inside, arrays=self._arrays):
            self._problems.add(problem, *path)
        stand_in = _STAND_IN.format(len(self._blocks))
        inner = self._inner(rest, value, path)
        self._blocks[stand_in] = ["block", quantifier[1], array, inner]
        return stand_in

    def _inner(self, rest: str, value: Any, path: Path) -> list[Any] | None:
        if not isinstance(value, dict):
            field = rest[1:] if rest.startswith(".") else f".{rest}"
            return self._compile({"element": {field: value}}, {"element": path}, "element", path)
        if rest:
            self._problems.add(texts.MAP_UNDER_FIELD(field=rest), *path)
        if "condition" not in value:
            return self._compile({"element": value}, {"element": path}, "element", path)
        named = {name: inner for name, inner in value.items() if name != "condition"}
        return self._compile(named, {name: (*path, name) for name in named}, value["condition"], path)

    def _compile(
        self, definitions: dict[str, Any], positions: dict[str, Path], condition: Any, path: Path
    ) -> list[Any] | None:
        inner = Detection(definitions, positions, self._problems, arrays=self._arrays, inside=True)
        tree = inner.tree(condition, *path, "condition")
        inner.check_all_used()
        return tree
