import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.platform.card_schema import problems
from handlers.cards.digest import DigestEntry, digest_entries, digest_message, number_ranges
from handlers.cards.elements import BUDGET, size
from handlers.context import Notification
from shared.model import IncidentKind, Severity, Status, Trigger
from shared.texts.locale import Locale
from tests.support.examples import several
from tests.support.incidents import NOW, incident
from tests.unit.handlers.cards.test_incident import TEXT, texts

LOCALE = Locale("en", "UTC", NOW)
DASHBOARD = "https://hinomi.example.com"


def entries(count: int, **changes: Any) -> list[DigestEntry]:
    return [DigestEntry(incident(id=number, **changes), Trigger.OPENED) for number in range(count)]


def content(items: list[DigestEntry], dashboard: str = DASHBOARD) -> dict[str, Any]:
    card: dict[str, Any] = digest_message(items, LOCALE, dashboard)["attachments"][0]["content"]
    return card


def shown(items: list[DigestEntry]) -> list[str]:
    return [text.replace("\u2002", " ") for text in texts(content(items))]


def test_the_first_fifteen_are_named_and_the_rest_counted() -> None:
    lines = shown(entries(20))

    assert sum(text == "High Bucket made public" for text in lines) == 15
    assert "20 incidents at once" in lines
    assert "… and 5 more" in lines


def test_every_severity_is_counted() -> None:
    lines = shown([*entries(2), DigestEntry(incident(id=9, severity=Severity.LOW), Trigger.OPENED)])

    assert lines[lines.index("High") - 1] == "2"
    assert lines[lines.index("Low") - 1] == "1"


def test_resolved_incidents_are_counted_separately_and_come_last() -> None:
    lines = shown([DigestEntry(incident(id=1, severity=Severity.CRITICAL), Trigger.RESOLVED), *entries(1)])

    assert lines.index("High Bucket made public") < lines.index("Resolved Bucket made public")
    assert "Critical" not in lines


def test_an_incident_that_is_unresolved_again_is_not_called_resolved() -> None:
    again = incident(resolved_at=None)
    triggers = Trigger.OPENED, Trigger.RESOLVED, Trigger.FLAPPING
    (entry,) = digest_entries([Notification(run, again, trigger) for run, trigger in enumerate(triggers)])

    assert entry.trigger is Trigger.FLAPPING
    assert any(text.endswith("· Flapping") for text in shown([entry, *entries(1)]))


def test_an_incident_with_two_notifications_is_reported_once_with_its_latest() -> None:
    over = incident(resolved_at=NOW)
    both = [Notification(1, incident(), Trigger.OPENED), Notification(2, over, Trigger.RESOLVED)]

    lines = shown(digest_entries(both))

    assert "Opened and resolved Bucket made public" in lines
    assert "High Bucket made public" not in lines
    assert any("3 min" in text for text in lines)


@pytest.mark.parametrize(("count", "title"), [(1, "1 incident has ended"), (3, "3 incidents have ended")])
def test_a_digest_of_resolved_incidents_does_not_mention_a_storm(count: int, title: str) -> None:
    over = [DigestEntry(incident(id=number, resolved_at=NOW), Trigger.RESOLVED) for number in range(count)]
    assert {title, "Ended before this notification."} <= set(shown(over))
    assert "at once" in str(shown([*over, *entries(1)]))


@pytest.mark.parametrize("trigger", Trigger)
def test_every_kind_of_notification_has_an_entry(trigger: Trigger) -> None:
    (entry,) = digest_entries([Notification(1, incident(), trigger)])
    assert entry.trigger is trigger


def test_the_resolution_of_a_notified_incident_is_one_card() -> None:
    lines = shown(digest_entries([Notification(2, incident(), Trigger.RESOLVED, notified=True)]))

    assert "Resolved Bucket made public" in lines


def test_a_digest_names_every_incident_of_a_storm_with_a_link() -> None:
    card = content([DigestEntry(incident(id=number, resource=f"job-{number}"), Trigger.OPENED) for number in range(80)])

    named = [number for number in range(80) if f"{DASHBOARD}/incidents/{number}" in str(card)]

    assert named == list(range(80))


@pytest.mark.parametrize(("text", "step"), [("load", 1), ("火" * 400, 1), ("x" * 400, 3), ("*_" * 300, 2)])
def test_the_largest_digest_has_the_number_of_every_incident(text: str, step: int) -> None:
    items = [
        DigestEntry(incident(id=100_000 + step * number, title=text, resource=text), Trigger.OPENED)
        for number in range(500)
    ]

    message = digest_message(items, LOCALE, DASHBOARD)

    assert size(message) <= BUDGET
    numbers = re.findall(r"#(\d+)(?:–#(\d+))?", " ".join(texts(message["attachments"][0]["content"])))
    named = {number for first, last in numbers for number in range(int(first), int(last or first) + 1)}
    assert named == {entry.incident.id for entry in items}


def test_a_row_about_load_has_the_value_with_its_usual_range_until_it_is_over() -> None:
    summary = "slots of r1 at 900 since 12:00, usually 100 to 200"
    load = entries(2, kind=IncidentKind.LOAD_ISSUE, summary=summary)
    assert shown(load).count(summary) == 2
    assert summary not in shown(entries(2, summary=summary))
    over = entries(2, kind=IncidentKind.LOAD_ISSUE, summary=summary, status=Status.RESOLVED)
    assert summary not in shown([replace(each, trigger=Trigger.RESOLVED) for each in over])


def test_three_consecutive_numbers_are_a_range() -> None:
    assert number_ranges([9, 1, 2, 5, 6, 7, 11, 7]) == "#1, #2, #5–#7, #9, #11"


def test_a_row_opens_its_incident() -> None:
    row = content(entries(6))["body"][3]["items"][0]

    assert row["selectAction"]["url"] == "https://hinomi.example.com/incidents/0"


def test_without_a_dashboard_a_row_opens_its_log_entry() -> None:
    row = content(entries(6), dashboard="")["body"][3]["items"][0]

    assert row["selectAction"]["url"] == incident().log_url


def test_the_band_has_the_colour_of_the_worst() -> None:
    assert (
        content([*entries(1), DigestEntry(incident(id=7, severity=Severity.LOW), Trigger.OPENED)])["body"][0]["style"]
        == "attention"
    )


@pytest.mark.slow
@several(40)
@given(text=TEXT, count=st.integers(1, 200), dashboard=st.sampled_from(["", DASHBOARD, DASHBOARD + "/" + "x" * 1_900]))
def test_any_digest_is_small_enough_and_well_formed(text: str, count: int, dashboard: str) -> None:
    address = "https://console.cloud.google.com/" + "a" * 1_900
    items = entries(count, title=text, resource=text, service=text, log_url=address)

    message = digest_message(items, LOCALE, dashboard)

    assert size(message) <= BUDGET
    assert problems(message) == []


def test_closed_and_resolved_incidents_are_counted_separately() -> None:
    over = entries(2, status=Status.RESOLVED)
    ended = [DigestEntry(replace(one.incident, resolved_by="quiet"), Trigger.RESOLVED) for one in over]
    assert "Closed" in str(content(ended))
    assert "Resolved" not in str(content(ended))


def test_a_row_has_the_likely_cause_and_what_is_known_of_an_alarm_unless_the_digest_is_too_large() -> None:
    note = "False alarms of this rule in 90 days: 1 of 4"
    noted = [replace(entry, cause="deployment: it", alarm_note=note) for entry in entries(2)]
    assert [shown(noted).count(text) for text in ("Likely cause: deployment: it", note)] == [2, 2]
    long = [replace(entry, cause="🔥" * 600, alarm_note=note) for entry in entries(15)]
    assert note not in shown(long)
