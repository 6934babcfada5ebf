"""Publishes reports to the topic of its reporter (cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence

from cli.reported_run.waiting import WaitingReport
from shared.clients import Clients
from shared.config import Settings
from shared.errors import InputError, PermanentError, TransientError
from shared.http import error_message, is_success, is_transient
from shared.texts.cli import ping as texts

TIMEOUT_SECONDS = 10
AT_ONCE = 500  # messages of one call; Pub/Sub takes 1,000, and 10 MB, and a report is at most a few kB
TOPIC = re.compile(r"projects/[^/\s]+/topics/[^/\s]+")


def publish(clients: Clients, waiting: WaitingReport) -> None:
    """Publishes the report. Raises TransientError if Pub/Sub does not respond, PermanentError if it rejects the report."""
    publish_all(clients, waiting.topic, [waiting])


def publish_all(clients: Clients, topic: str, reports: Sequence[WaitingReport]) -> None:
    """Publishes at most AT_ONCE reports to one topic, all or none of them. Raises the errors of `publish`."""
    messages = [{"data": base64.b64encode(json.dumps(each.report).encode()).decode()} for each in reports]
    url = f"{clients.pubsub_url}/v1/{topic}:publish"
    try:
        response = clients.http().post(url, json={"messages": messages}, timeout=TIMEOUT_SECONDS)
    except Exception as error:  # also the libraries' own errors of credentials: the command's result matters more
        raise TransientError(
            texts.NOT_ACCEPTED(topic=topic, reason=f"{type(error).__name__}: {error}".rstrip("."))
        ) from error
    if not is_success(response.status_code):
        reason = f"HTTP {response.status_code}: {error_message(response)}"
        kind = TransientError if is_transient(response.status_code) else PermanentError
        raise kind(texts.NOT_ACCEPTED(topic=topic, reason=reason))


def topic_of(given: str, reporter: str, settings: Settings) -> str:
    """The topic of the reporter. Raises InputError if its project is unknown, or if the name is invalid."""
    if not given and not settings.project:
        raise InputError(texts.NO_PROJECT)
    topic = given or f"projects/{settings.project}/topics/hinomi-reports-{reporter}"
    if not TOPIC.fullmatch(topic):
        raise InputError(texts.NO_TOPIC(topic=topic))
    return topic
