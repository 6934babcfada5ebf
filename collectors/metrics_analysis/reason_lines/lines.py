"""Chooses, among the log entries around a failure, the line that says why it failed.

A traceback or a stack trace has many lines, in one entry or in one entry each; the line with the error says why, and of
nested errors the innermost one ("Caused by"). A line with an error of a known class is preferred to a line that only says
that something failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.metrics_analysis.sigma.template import clean
from shared.calendar.timestamps import time_of
from shared.identity.error_classes import of_texts
from shared.log_readings import LogReading, ReasonLine
from shared.model import ErrorClass
from shared.redaction import Redactor

LONGEST = 500
MOST_CHARACTERS = 20_000  # of one entry that are read
MOST_LINES = 400
# Entries that can contain the reason; the others between them are not read.
WORDS = (
    "(?i)error|exception|traceback|panic|fatal|denied|forbidden|fail|exceed|quota|not found|does not exist|no such"
    "|time(d|-| )?out|killed|refused|out of memory|unable to|cannot|invalid|missing|unauthori"
)
_MESSAGES = ("message", "error", "exception", "errorMessage", "error_message", "msg", "stack_trace", "statusMessage")
_ERROR = re.compile(
    r"(?:Caused by: |[Ee]xception in thread \"[^\"]*\" |\w*ERROR:? |E\s+)?"
    r"(?P<error>(?:[A-Za-z_$][\w$]*\.)*(?:[A-Z][\w$]*)?"
    r"(?:Error|Exception|Failure|Timeout|NotFound|Forbidden|BadRequest|Conflict|Unauthorized|Unavailable|Denied|Exceeded"
    r"|TooManyRequests|InvalidArgument|FailedPrecondition|Interrupt|Exit)(?:: ?|\b).*|panic: .+|fatal error: .+|FATAL:? .+)"
)
_FRAME = re.compile(
    r"\s*(?:at [\w$.<>/]+\(|File \"|\.\.\. \d+ more|Traceback \(most recent|goroutine \d+|\^+\s*$|Stack ?trace:?\s*$)"
)
_CONTINUED = re.compile(r"\s")  # the code of a frame, or the rest of a message
_PREFIX = re.compile(  # of a logger: a time or a bracket, and more until the level
    r"^(?=[\[\d{<]).{0,120}?\b(?:ERROR|WARN(?:ING)?|FATAL|CRITICAL|SEVERE)\b[\]>]?[\s:|-]*|^\[?\d{4}[-/]\d\d[-/]\d\d[ T][\d:.,]+(?:Z|[+-][\d:]+)?\]?[\s:|-]*"
)
_EMPTY = re.compile(  # that something failed, not why
    r"(?i)(?:marking (?:task|run) as|task (?:finished|failed|exited)|job (?:has )?failed\.?$|workflow failed\.?$|execution failed\.?$"
    r"|container called exit|the process exited|command exited with|application exited|process finished with|exit(?:ing)? with)"
)
_SEVERITIES = {"DEFAULT": 0, "DEBUG": 0, "INFO": 0, "NOTICE": 0, "WARNING": 1}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line of an entry, with its rank and its position; later lines have greater positions."""

    worth: tuple[int, int]
    position: tuple[datetime, int, int]
    text: str
    task: str
    entry: Mapping[str, Any]


def reason_line(entries: Sequence[Mapping[str, Any]], reading: LogReading, redact: Sequence[str]) -> ReasonLine | None:
    """The line that best explains why the run failed, without redacted values; None if no line explains it.

    If several tasks have errors, the line is one of the task that failed first, and names that task.
    """
    candidates = [one for at, entry in enumerate(entries) for one in _candidates(entry, at, reading, Redactor(redact))]
    if not candidates:
        return None
    first = min((one for one in candidates if one.worth[0] >= 2), key=lambda one: one.position, default=None)
    of_first = [one for one in candidates if first is None or one.task == first.task]
    best = max(of_first, key=lambda one: (one.worth, one.position))
    text = best.text if not best.task or best.task in reading.shown else f"{best.task}: {best.text}"
    log_name, insert_id = (str(best.entry.get(name) or "") for name in ("logName", "insertId"))
    return ReasonLine(text[:LONGEST], best.position[0], log_name, insert_id)


def _candidates(entry: Mapping[str, Any], at: int, reading: LogReading, redactor: Redactor) -> Iterator[_Candidate]:
    if entry.get("insertId") == reading.insert_id:
        return
    time = time_of(entry.get("timestamp")) or reading.until
    severity = _SEVERITIES.get(str(entry.get("severity") or "DEFAULT"), 2)
    task = _task(entry)
    for number, line in enumerate(_lines(_texts(entry, redactor))):
        text = " ".join(clean(redactor.mask(_PREFIX.sub("", line, count=1))).split())
        if not text or text in reading.shown or _EMPTY.match(text):
            continue
        yield _Candidate(_worth(text, severity), (time, at, number), _without_prefix(text), task, entry)


def _worth(text: str, severity: int) -> tuple[int, int]:
    """The rank of a line: an error of a known class, a line of a known class, any error, a line about an error."""
    has_class = of_texts([text]) is not ErrorClass.UNKNOWN
    is_error = _ERROR.match(text) is not None
    return (2 * has_class + is_error + (severity == 2 and not is_error and has_class), severity)


def _without_prefix(text: str) -> str:
    match = _ERROR.match(text)
    return match["error"] if match else text


def _texts(entry: Mapping[str, Any], redactor: Redactor) -> Iterator[str]:
    """The texts of an entry that may say why, after redaction."""
    payload = entry.get("jsonPayload")
    if isinstance(payload, Mapping):
        shown = redactor.redact({f"jsonPayload.{name}": payload[name] for name in _MESSAGES if name in payload})
        for value in shown.values():
            yield from _inner(value)
    audited = entry.get("protoPayload")
    if isinstance(audited, Mapping):
        yield from _inner(redactor.redact({"protoPayload.status": audited.get("status")})["protoPayload.status"])
    yield from _inner(redactor.redact({"textPayload": entry.get("textPayload")})["textPayload"])


def _inner(value: Any) -> Iterator[str]:
    """The value if it is a text, otherwise the message of an object."""
    if isinstance(value, Mapping):
        value = next(
            (value[name] for name in ("message", "detail", "details") if isinstance(value.get(name), str)), None
        )
    if isinstance(value, str):
        yield value[:MOST_CHARACTERS]


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """The lines that may explain the failure: no stack frames, and continued lines only if they contain an error."""
    for text in texts:
        for number, line in enumerate(text.splitlines()[:MOST_LINES]):
            is_inside = number > 0 and _CONTINUED.match(line) and not _ERROR.match(line.strip())
            if line.strip() and not _FRAME.match(line) and not is_inside:
                yield line.strip()


def _task(entry: Mapping[str, Any]) -> str:
    """The task of a workflow that wrote the entry; empty if the entry names none."""
    payload = entry.get("jsonPayload")
    resource = entry.get("resource")
    sources = (
        (entry.get("labels"), ("task-id", "task_id", "task_name")),
        (payload, ("taskName", "task_id", "step")),
        (resource.get("labels") if isinstance(resource, Mapping) else None, ("task_id", "step_id")),
    )
    for fields, names in sources:
        texts = [fields.get(name) for name in names] if isinstance(fields, Mapping) else []
        if value := next((each for each in texts if isinstance(each, str) and each), ""):
            return clean(value)[:100]
    return ""
