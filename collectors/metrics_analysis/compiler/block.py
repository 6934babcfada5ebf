"""The `hinomi` block of a rule: what its findings say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from collectors.metrics_analysis.compiler import entry_fields, items
from collectors.metrics_analysis.compiler.detection import Detection
from collectors.metrics_analysis.compiler.rule_errors import Problems
from collectors.metrics_analysis.sigma import template
from shared.durations import parse_duration
from shared.errors import InputError
from shared.model import IncidentKind
from shared.texts.findings import RULE_RECOVERED

KEYS = (
    "kind",
    "resource",
    "principal",
    "fault",
    "fingerprint",
    "run",
    "summary",
    "extract",
    "labels",
    "recovery",
    "operation",
    "ja",
)
REQUIRED = ("kind", "resource", "fingerprint", "summary")
ONLY = "only"
AT = "hinomi"

WHO = "{protoPayload.authenticationInfo.principalEmail|protoPayload.authenticationInfo.principalSubject}"
_RECOVERY = "condition and/or quiet, and a summary of what the condition saw"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one `hinomi` block; `detection` is None for a correlation, which has no detections of its own."""

    block: dict[str, Any]
    problems: Problems
    detection: Detection | None

    def read(self) -> dict[str, Any]:
        """The block in its compiled form; what is wrong is noted."""
        self._check_keys()
        extract = self._extract()
        names = [name for one in extract for name in one["names"]]
        texts = {key: self._template(self.block.get(key, default), names, key) for key, default in _TEXTS.items()}
        return {
            **texts,
            "kind": self._kind(),
            "fault": self._text("fault"),
            "fingerprint": self._fingerprint(names),
            "labels": self._labels(names),
            "extract": [{"field": one["field"], "regex": one["regex"]} for one in extract],
            **self._recovery(names),
            "start": self._start(),
            "translations": self._translations(names),
        }

    def _check_keys(self) -> None:
        keys = KEYS if self.detection else tuple(key for key in KEYS if key != "operation")
        for key in self.block:
            if key not in keys:
                self.problems.add(
                    f"'{key}' is no key of the hinomi block{entry_fields.suggestion(str(key), keys)}", AT, key
                )
        for key in REQUIRED:
            if key not in self.block:
                self.problems.add(f"the hinomi block needs '{key}'", AT)

    def _kind(self) -> str:
        kind = self.block.get("kind")
        if "kind" in self.block and kind not in list(IncidentKind):
            self.problems.add(f"'{kind}' is no kind{entry_fields.suggestion(str(kind), IncidentKind)}", AT, "kind")
        return str(kind)

    def _text(self, key: str) -> str:
        text = self.block.get(key, "")
        if not isinstance(text, str):
            self.problems.add(f"'{key}' is a text: put it in quotes", AT, key)
        return str(text)

    def _template(self, text: Any, names: list[str], *path: str | int) -> str:
        name = ".".join(str(part) for part in path if isinstance(part, str))
        if not isinstance(text, str):
            self.problems.add(f"'{name}' is a template, one text in quotes such as '{{resource.type}}'", AT, *path)
            return ""
        if "\n" in text.strip():
            self.problems.add(f"'{name}' is one line: fold the text with '>-'", AT, *path)
        try:
            for place in template.places(text):
                self._check_place(place, names)
        except ValueError as error:
            self.problems.add(f"the template '{text}' is wrong: {error}", AT, *path)
        return text

    def _check_place(self, place: template.Place, names: list[str]) -> None:
        more = ["extracted"] if self.detection else ["extracted", "count"]
        steps = entry_fields.parse(place.path, more)
        if steps[0] == "extracted" and (len(steps) != 2 or steps[1] not in names):
            raise ValueError(f"no regular expression under 'extract' has a group for '{place.path}'")

    def _fingerprint(self, names: list[str]) -> list[str]:
        parts = self.block.get("fingerprint", [""])
        if not isinstance(parts, list) or not parts:
            self.problems.add("'fingerprint' is a list of templates: what makes it the same fault", AT, "fingerprint")
            return []
        return [self._template(part, names, "fingerprint", at) for at, part in enumerate(parts)]

    def _labels(self, names: list[str]) -> dict[str, str]:
        labels = self.block.get("labels", {})
        if not isinstance(labels, dict):
            self.problems.add("'labels' is a map from a name to a template", AT, "labels")
            return {}
        return {str(name): self._template(text, names, "labels", name) for name, text in labels.items()}

    def _extract(self) -> list[dict[str, Any]]:
        extracts = self.block.get("extract", [])
        if not isinstance(extracts, list):
            self.problems.add("'extract' is a list of {field: …, regex: …}", AT, "extract")
            return []
        return [one for at, extract in enumerate(extracts) if (one := self._one_extract(extract, AT, "extract", at))]

    def _one_extract(self, extract: Any, *path: str | int) -> dict[str, Any] | None:
        if not isinstance(extract, dict) or set(extract) != {"field", "regex"}:
            self.problems.add("an extract has exactly 'field' and 'regex'", *path)
            return None
        try:
            entry_fields.parse(str(extract["field"]))
        except ValueError as error:
            self.problems.add(str(error), *path, "field")
        return {**extract, "names": self._groups(extract["regex"], *path, "regex")}

    def _groups(self, pattern: Any, *path: str | int) -> list[str]:
        import re2  # type: ignore[import-untyped]  # noqa: PLC0415

        wrong = items.regex_problem(pattern) if isinstance(pattern, str) else "a regular expression is a text"
        names = [] if wrong else list(re2.compile(pattern).groupindex)
        if not wrong and not names:
            wrong = "the regular expression extracts nothing: name a group, (?P<name>…)"
        if wrong:
            self.problems.add(wrong, *path)
        return names

    def _recovery(self, names: list[str]) -> dict[str, Any]:
        recovery = self.block.get("recovery")
        read: dict[str, Any] = {"recovery": None, "quiet": None, "recovered": ""}
        if "recovery" not in self.block:
            return read
        keys = ("condition", "quiet", "summary") if self.detection else ("quiet",)
        if (
            not isinstance(recovery, dict)
            or not set(recovery) & {"condition", "quiet"}
            or not set(recovery) <= set(keys)
        ):
            self.problems.add(f"'recovery' holds {_RECOVERY if self.detection else 'quiet'}", AT, "recovery")
            return read
        if "quiet" in recovery:
            read["quiet"] = self._seconds(recovery["quiet"], AT, "recovery", "quiet")
        if "condition" in recovery and self.detection:
            read["recovery"] = self.detection.tree(recovery["condition"], AT, "recovery", "condition")
            read["recovered"] = self._template(recovery.get("summary", RULE_RECOVERED.en), names, "recovery", "summary")
        elif "summary" in recovery:
            message = "only an event has a 'summary': give the recovery a 'condition', or delete the summary"
            self.problems.add(message, AT, "recovery", "summary")
        return read

    def _translations(self, names: list[str]) -> dict[str, dict[str, str]]:
        """The Japanese texts, `{"ja": {"title": …, "summary": …, "recovered": …}}`; nothing when there are none."""
        texts = self.block.get("ja")
        if "ja" not in self.block:
            return {}
        keys = ("title", "summary", "recovered") if self._has_condition() else ("title", "summary")
        if not isinstance(texts, dict) or not {"title", "summary"} <= set(texts) <= set(keys):
            self.problems.add(f"'ja' holds {' and '.join(keys)}: the Japanese texts", AT, "ja")
            return {}
        title = texts["title"]
        if not isinstance(title, str) or not title.strip() or "\n" in title.strip():
            self.problems.add("'ja.title' is one line of text", AT, "ja", "title")
        summary = self._template(texts["summary"], names, "ja", "summary")
        recovered = texts.get("recovered", RULE_RECOVERED.ja) if self._has_condition() else ""
        told = self._template(recovered, names, "ja", "recovered")
        return {"ja": {"title": str(title).strip(), "summary": summary, "recovered": told}}

    def _has_condition(self) -> bool:
        recovery = self.block.get("recovery")
        return self.detection is not None and isinstance(recovery, dict) and "condition" in recovery

    def _seconds(self, text: Any, *path: str | int) -> int | None:
        try:
            return int(parse_duration(str(text)).total_seconds())
        except InputError as error:
            self.problems.add(error.message, *path)
            return None

    def _start(self) -> list[Any] | None:
        operation = self.block.get("operation")
        if "operation" not in self.block or self.detection is None:
            return None
        if not isinstance(operation, dict) or set(operation) != {"start"}:
            self.problems.add(
                "'operation' holds exactly 'start', the detection that the first entry satisfies", AT, "operation"
            )
            return None
        return self.detection.tree(operation["start"], AT, "operation", "start")


_TEXTS = {"resource": "", "principal": WHO, "run": "", "summary": ""}

# The block of a rule that makes no findings, and of one whose block cannot be read.
EMPTY: dict[str, Any] = {
    **_TEXTS,
    "kind": "",
    "fault": "",
    "fingerprint": [],
    "labels": {},
    "extract": [],
    "recovery": None,
    "quiet": None,
    "recovered": "",
    "start": None,
    "translations": {},
}
