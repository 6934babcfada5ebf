"""Sends reports to the topics of their reporters; stores reports that Pub/Sub does not accept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from cli.language import echo
from cli.reported_run.publish import AT_ONCE, publish, publish_all
from cli.reported_run.topic import topic_of
from cli.reported_run.waiting import WaitingReport, WaitingReports, state_folder
from cli.result_files.fields import Report
from shared.clients import Clients
from shared.config import Settings
from shared.errors import InputError, PermanentError, TransientError
from shared.texts import COMMA, Text
from shared.texts.cli import ping as ping_texts
from shared.texts.cli import result_files as texts


def topics(reports: Iterable[Report], topic: str, settings: Settings) -> Mapping[str, Sequence[WaitingReport]]:
    """The reports by topic. Raises InputError without a project, or if several reporters share a topic."""
    by_reporter: defaultdict[str, list[Report]] = defaultdict(list)
    for each in reports:
        by_reporter[str(each["report"])].append(each)
    if topic and len(by_reporter) > 1:
        raise InputError(texts.ONE_TOPIC)
    named = {name: topic_of(topic, name, settings) for name in by_reporter}
    return {named[name]: [WaitingReport(named[name], each) for each in own] for name, own in by_reporter.items()}


def send(settings: Settings, by_topic: Mapping[str, Sequence[WaitingReport]]) -> bool:
    """Sends waiting reports, then these reports.

    Stores and prints the reports that cannot be sent, and then returns False.
    """
    clients, waiting = Clients(settings), WaitingReports(state_folder())
    is_sent = True
    try:
        if sent := waiting.send(lambda each: publish(clients, each)):
            echo(ping_texts.SENT_WAITING(count=sent), error=True)
    except TransientError:
        pass  # the reports below meet the same error, which is shown once
    for topic, reports in by_topic.items():
        is_sent = _send(clients, waiting, topic, reports) and is_sent
    return is_sent


def _send(clients: Clients, waiting: WaitingReports, topic: str, reports: Sequence[WaitingReport]) -> bool:
    for first in range(0, len(reports), AT_ONCE):
        try:
            publish_all(clients, topic, reports[first : first + AT_ONCE])
        except (TransientError, PermanentError) as error:
            for each in reports[first:]:
                waiting.keep(each)
            count = len(reports) - first
            echo(texts.KEPT(count=count, error=error.text, folder=str(waiting.folder)), error=True)
            return False
    echo(texts.SENT(count=len(reports), topic=topic, states=_states(reports)))
    return True


def _states(reports: Sequence[WaitingReport]) -> Text:
    """The number of reports by state, most frequent first."""
    counted = Counter(str(each.report["state"]) for each in reports).most_common()
    parts = [texts.STATE(count=count, state=state) for state, count in counted]
    return Text(en=COMMA.en.join(each.en for each in parts), ja=COMMA.ja.join(each.ja for each in parts))
