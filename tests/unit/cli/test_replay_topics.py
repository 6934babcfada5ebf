"""A replayed message goes to the topic that belongs to its path: a forged one is rejected again."""

from datetime import UTC, datetime

import pytest

from cli.dead_letters.messages import DEAD, REJECTED, FailedMessage
from cli.dead_letters.pubsub import topic_of
from shared.texts import Text

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVIDENCE = "projects/p/topics/hinomi-evidence"


def message(source: str, **attributes: str) -> FailedMessage:
    return FailedMessage("r1", source, "1", NOW, Text.verbatim("why"), attributes, b"{}", b"")


def test_a_rejected_message_goes_back_to_its_path() -> None:
    failed = message(REJECTED, **{"hinomi-route": "/reports/airflow", "team": "data"})
    assert topic_of(EVIDENCE, failed.route) == "projects/p/topics/hinomi-reports-airflow"
    assert "hinomi-route" not in failed.original()
    assert failed.original()["team"] == "data"


def test_a_dead_letter_goes_back_to_the_topic_of_its_subscription() -> None:
    failed = message(DEAD, CloudPubSubDeadLetterSourceSubscription="hinomi-ticks", **{"hinomi-route": "/evidence"})
    assert topic_of(EVIDENCE, failed.route) == "projects/p/topics/hinomi-ticks"
    failed = message(DEAD, CloudPubSubDeadLetterSourceSubscription="hinomi-reports-a-b")
    assert topic_of(EVIDENCE, failed.route) == "projects/p/topics/hinomi-reports-a-b"


@pytest.mark.parametrize("route", ["/", "/admin", ""])
def test_a_message_to_an_unknown_path_is_published_to_the_evidence_topic(route: str) -> None:
    assert topic_of(EVIDENCE, message(REJECTED, **{"hinomi-route": route}).route) == EVIDENCE


def test_a_topic_of_another_name_serves_every_path() -> None:
    assert topic_of("projects/p/topics/mine", "/reports") == "projects/p/topics/mine"
