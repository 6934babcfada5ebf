"""Reads entries from Cloud Logging for a command, in the form in which a sink exports them. It only reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any

from collectors.history_analysis import log_entries
from shared.clients import Clients


@dataclass(frozen=True, slots=True)
class CommandReader:
    """The reader of a command: a person waits, so calls are not counted."""

    clients: Clients

    def calls(self, quota: str) -> AbstractContextManager[None]:
        """Counts nothing."""
        del quota
        return nullcontext()


def entries(clients: Clients, projects: Sequence[str], query: str, most: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries of the projects that match a query, oldest first, numbered from 1; at most `most`.

    Raises the errors of Google's client.
    """
    names = [f"projects/{project}" for project in projects]
    pages = log_entries.pages(CommandReader(clients), names, query)
    matching = (entry for page in pages for entry in page.entries)
    for number, entry in enumerate(islice(matching, most), 1):
        yield number, exported(entry)


def exported(entry: Any) -> dict[str, Any]:
    """A LogEntry as JSON. Parts of types that are not public are left out, because they cannot be read."""
    from google.cloud.audit.audit_log_pb2 import AuditLog
    from google.iam.v1.logging import audit_data_pb2
    from google.protobuf.json_format import MessageToDict

    payload = entry.proto_payload
    if payload.Is(AuditLog.DESCRIPTOR):
        log = AuditLog()
        payload.Unpack(log)
        if log.HasField("service_data") and not log.service_data.Is(audit_data_pb2.AuditData.DESCRIPTOR):
            log.ClearField("service_data")
            payload.Pack(log)
    elif payload.type_url:
        entry.ClearField("proto_payload")
    made: dict[str, Any] = MessageToDict(entry)
    return made
