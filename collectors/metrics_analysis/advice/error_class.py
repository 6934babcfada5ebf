"""The class of the error that made a job fail, from the entry fields with its message and codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from collectors.metrics_analysis.sigma import fields
from shared.identity.error_classes import of_texts
from shared.model import ErrorClass

_CODES = (
    "protoPayload.status.code",
    "protoPayload.metadata.jobChange.job.jobStatus.errorResult.code",
    "protoPayload.metadata.jobInsertion.job.jobStatus.errorResult.code",
    "protoPayload.serviceData.jobCompletedEvent.job.jobStatus.error.code",
    "jsonPayload.status",
    "jsonPayload.status.statusCode",
    "jsonPayload.error.code",
    "httpRequest.status",
)
_MESSAGES = (
    "protoPayload.status.message",
    "protoPayload.metadata.jobChange.job.jobStatus.errorResult.message",
    "protoPayload.metadata.jobInsertion.job.jobStatus.errorResult.message",
    "protoPayload.serviceData.jobCompletedEvent.job.jobStatus.error.message",
    "protoPayload.serviceData.jobInsertResponse.resource.jobStatus.error.message",
    "jsonPayload.failure.exception",
    "jsonPayload.error.message",
    "jsonPayload.exception",
    "jsonPayload.errorMessage",
    "jsonPayload.error_detail",
    "jsonPayload.status.errorMessage",
    "jsonPayload.statusDetails",
    "jsonPayload.debugInfo",
    "jsonPayload.message",
    "textPayload",
)


def of_entry(entry: dict[str, Any], names: Iterable[str] = ()) -> ErrorClass:
    """The class of the error in an entry, whatever the job and its parts, with these names, are called."""
    return of_texts(_values(entry, _MESSAGES), _values(entry, _CODES), names)


def says_why(entry: dict[str, Any], names: Iterable[str] = ()) -> bool:
    """Whether the messages of an entry say why a run failed; names, "some tasks failed" and codes alone do not."""
    return of_texts(_values(entry, _MESSAGES), names=names) not in (ErrorClass.UNKNOWN, ErrorClass.UPSTREAM)


def _values(entry: dict[str, Any], paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        for value in fields.members(fields.find(entry, fields.parse(path))):
            if isinstance(value, str | int) and value:
                yield str(value)
