"""Publishes a report to the topic of its reporter (cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish)."""

from __future__ import annotations

import base64
import json

from cli.reported_run.waiting import WaitingReport
from shared.clients import Clients
from shared.errors import PermanentError, TransientError
from shared.http import error_message, is_success, is_transient
from shared.texts.cli import ping as texts

TIMEOUT_SECONDS = 10


def publish(clients: Clients, waiting: WaitingReport) -> None:
    """Publishes the report. Raises TransientError when Pub/Sub does not answer, PermanentError when it rejects the report."""
    data = base64.b64encode(json.dumps(waiting.report).encode()).decode()
    url = f"{clients.pubsub_url}/v1/{waiting.topic}:publish"
    try:
        response = clients.http().post(url, json={"messages": [{"data": data}]}, timeout=TIMEOUT_SECONDS)
    except Exception as error:  # also the libraries' own errors of credentials: the command's result matters more
        raise TransientError(
            texts.NOT_ACCEPTED(topic=waiting.topic, reason=f"{type(error).__name__}: {error}")
        ) from error
    if not is_success(response.status_code):
        reason = f"HTTP {response.status_code}: {error_message(response)}"
        kind = TransientError if is_transient(response.status_code) else PermanentError
        raise kind(texts.NOT_ACCEPTED(topic=waiting.topic, reason=reason))
