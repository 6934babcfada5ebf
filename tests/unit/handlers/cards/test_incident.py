import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.platform.card_schema import problems
from handlers.cards.elements import BUDGET, WIDE, size
from handlers.cards.incident import IncidentCard, incident_message
from shared.model import ErrorClass, IncidentKind, Mode, RunState, Severity, Status, Trigger
from shared.records import IncidentView, RunView
from shared.texts.locale import Locale
from tests.support.examples import several
from tests.support.incidents import NOW, action_run, incident

DASHBOARD = "https://hinomi.example.com"
ENGLISH, JAPANESE = Locale("en", "UTC", NOW), Locale("ja", "Asia/Tokyo", NOW)


def card(
    view: IncidentView, trigger: Trigger = Trigger.OPENED, runs: tuple[RunView, ...] = (), again: int | None = None
) -> dict[str, Any]:
    message = incident_message(IncidentCard(view, trigger, runs, again), ENGLISH, DASHBOARD)
    return dict(message["attachments"][0]["content"])


def texts(part: Any) -> list[str]:
    """The texts of a card in reading order; the parts of a line are joined."""
    if isinstance(part, list):
        return [text for item in part for text in texts(item)]
    if "inlines" in part:
        return ["".join(item["text"] for item in part["inlines"])]
    if "facts" in part:
        return [f"{fact['title']}: {fact['value']}" for fact in part["facts"]]
    inside = [part[name] for name in ("body", "items", "columns") if name in part]
    return [part["text"]] if "text" in part else texts([item for children in inside for item in children])


def buttons(content: dict[str, Any]) -> dict[str, str]:
    return {action["title"]: action["url"] for action in content.get("actions", [])}


@pytest.mark.parametrize("locale", [ENGLISH, JAPANESE])
def test_teams_takes_every_sort_of_card(locale: Locale) -> None:
    for trigger, kind, severity in product(Trigger, IncidentKind, Severity):
        view = incident(kind=kind, severity=severity, resolved_at=NOW, resolution="the task succeeded")
        card = IncidentCard(view, trigger, (action_run(),), 3)
        assert (trigger, kind, severity, problems(incident_message(card, locale, DASHBOARD))) == (
            *(trigger, kind, severity),
            [],
        )


def with_steps(*commands: str) -> IncidentView:
    steps = [{"en": f"Step {at}.", "ja": f"手順 {at}。", "command": each} for at, each in enumerate(commands, 1)]
    return incident(evidence={"next": steps}, error=ErrorClass.QUOTA)


def test_the_card_has_the_first_two_next_steps_with_their_commands_as_code() -> None:
    read, bucket = """gcloud logging read 'a="b" AND c'""", "gcloud storage ls gs://example-exports"
    content = card(with_steps(read, bucket, "bq ls"))
    shown = texts(content)
    at = shown.index("What next")
    assert shown[at : at + 5] == ["What next", "Step 1.", read, "Step 2.", bucket]
    assert "bq ls" not in shown
    assert any(fact.startswith("Error: quota or capacity") for fact in shown)
    unknown = texts(card(incident(error=ErrorClass.UNKNOWN)))
    assert not any(fact.startswith("Error:") for fact in unknown)
    assert '"fontType": "Monospace"' in json.dumps(content).split(read.split(maxsplit=1)[0])[1]
    assert "What next" not in texts(card(with_steps(read), Trigger.RESOLVED))
    japanese = incident_message(IncidentCard(with_steps(read), Trigger.OPENED), JAPANESE, DASHBOARD)
    assert "手順 1。" in texts(japanese["attachments"][0]["content"])


@pytest.mark.parametrize("command", ["x" * 3_000, "curl http://localhost", "a {{DATE()}}", "bq  show"])
def test_a_command_that_a_card_would_change_is_left_out(command: str) -> None:
    shown = texts(card(with_steps(command)))
    assert "Step 1." in shown
    assert not any(text.startswith(command[:4]) for text in shown)


def test_next_steps_fit_into_the_size_of_a_message() -> None:
    view = replace(with_steps("x" * 1_500, "y" * 1_500), summary="あ" * 1_500, reason="い" * 1_500)
    message = incident_message(IncidentCard(view, Trigger.OPENED), ENGLISH, DASHBOARD)
    assert size(message) <= BUDGET


def test_the_card_shows_why_the_run_failed_and_the_jobs_that_failed_with_it() -> None:
    view = incident(reason="ValueError: amount is missing", effects=("etl/load/merge", "etl/load"))
    shown = texts(card(view))
    assert f"Why:{WIDE}ValueError: amount is missing" in shown
    assert sum(text.startswith("Also\u00a0failed: ") for text in shown) == 1
    message = incident_message(IncidentCard(view, Trigger.OPENED), JAPANESE, "")
    assert any(text.startswith("原因:") for text in texts(message["attachments"][0]["content"]))


def test_the_card_shows_fault_start_count_principal_resource_and_reason() -> None:
    shown = texts(card(incident(occurrence_count=3)))

    assert "Bucket made public" in shown
    assert "Bucket example-exports is public: allUsers got roles/storage.objectViewer" in shown
    assert "Since: 2026-11-23 06:02:05 UTC (3 min ago)" in shown
    assert "Resource: example-exports" in shown
    assert "Occurrences: 3, last 2026-11-23 06:02:05 UTC (3 min ago)" in shown
    assert "Principal: alice@example.com" in shown
    assert "Project: example-project" in shown
    assert r"Rule: storage/bucket\_made\_public" in shown


def test_the_band_has_the_colour_of_the_severity() -> None:
    styles = [card(incident(severity=severity))["body"][0]["style"] for severity in Severity]

    assert styles == ["accent", "accent", "warning", "attention", "attention"]


def test_the_header_of_a_resolved_incident_is_green() -> None:
    assert card(incident(resolved_at=NOW), Trigger.RESOLVED)["body"][0]["style"] == "good"


def test_evidence_begins_with_the_matched_array_element() -> None:
    shown = texts(card(incident()))

    assert shown[shown.index("Evidence") + 1].endswith("action=ADD role=roles/storage.objectViewer member=allUsers")


def test_a_matched_element_is_reported_once() -> None:
    assert not [text for text in texts(card(incident())) if "bindingDeltas.member" in text]


def test_computed_evidence_has_times_in_the_zone_of_the_card() -> None:
    evidence = {"fields": {"late_at": "2026-11-22T19:35:00+00:00", "missed": 2}, "elements": {}}
    shown = texts(card(incident(evidence=evidence)))
    assert "late_at 2026-11-22 19:35 UTC" in [" ".join(text.replace("\\", "").split()) for text in shown]


def test_a_card_without_evidence_has_no_heading_for_it() -> None:
    assert "Evidence" not in texts(card(incident(evidence={})))


def test_what_is_unknown_is_left_out() -> None:
    assert not [text for text in texts(card(incident(principal=""))) if text.startswith("Principal")]


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (
            action_run(),
            "✅ close-public-access Done removed allUsers from roles/storage.objectViewer on example-exports",
        ),
        (
            action_run(mode=Mode.DRY_RUN, result="would remove allUsers"),
            "Dry run, nothing changed would remove allUsers",
        ),
        (action_run(state=RunState.FAILED, error="HTTP 403"), "❌ close-public-access Failed HTTP 403"),
        (action_run(state=RunState.PLANNED, error="HTTP 503"), "Failed, will be retried HTTP 503"),
        (action_run(state=RunState.PLANNED), "⏳ close-public-access Planned"),
        (action_run(state=RunState.SKIPPED, reason="over_budget"), "Skipped over budget"),
    ],
)
def test_the_card_shows_the_result_of_the_repair(run: RunView, sentence: str) -> None:
    shown = [text.replace("\u2002", " ") for text in texts(card(incident(), runs=(run,)))]

    assert any(sentence in text for text in shown)


def test_a_dry_run_offers_nothing_to_undo() -> None:
    shown = texts(card(incident(), runs=(action_run(mode=Mode.DRY_RUN),)))

    assert not any("undone" in text for text in shown)


def test_a_repair_says_that_it_can_be_undone() -> None:
    assert any("can be undone" in text for text in texts(card(incident(), runs=(action_run(),))))


def test_a_card_before_any_repair_says_so() -> None:
    assert "No automatic action applies." in texts(card(incident()))


def test_a_reoccurrence_counts_since_the_last_card() -> None:
    assert "Reoccurred: 7 times since the last message" in texts(
        card(incident(occurrence_count=9), Trigger.REOCCURRED, again=7)
    )


def test_a_resolved_incident_shows_its_duration_and_the_reason() -> None:
    view = incident(status=Status.RESOLVED, resolved_at=NOW, resolution="the binding is gone")
    shown = [text.replace("\u2002", " ") for text in texts(card(view, Trigger.RESOLVED))]

    assert "Resolution: the binding is gone" in shown
    assert "Duration: 3 min (06:02:05 – 06:05:12 UTC)" in shown


def test_the_buttons_open_the_log_the_incident_and_the_runbook() -> None:
    assert buttons(card(incident())) == {
        "Open log entry": incident().log_url,
        "Open incident": "https://hinomi.example.com/incidents/42",
        "Runbook": "https://docs.example.com/runbooks/public-bucket",
    }


def test_a_button_with_an_unsafe_address_is_left_out() -> None:
    view = incident(log_url="http://evil.example/", labels={"runbook": "javascript:alert(1)"})

    assert buttons(card(view)) == {"Open incident": "https://hinomi.example.com/incidents/42"}


def test_a_card_without_any_address_has_no_actions() -> None:
    message = incident_message(IncidentCard(incident(log_url="", labels={}), Trigger.OPENED), ENGLISH, "")

    assert "actions" not in message["attachments"][0]["content"]


def test_the_fallback_is_one_line() -> None:
    assert card(incident())["fallbackText"].startswith("[High] New: Bucket made public – Bucket example-exports")


def test_a_japanese_card_has_local_times_and_names() -> None:
    shown = texts(incident_message(IncidentCard(incident(), Trigger.OPENED), JAPANESE, "")["attachments"][0]["content"])

    assert "重大度: 高 · 不正アクセスの疑い · Cloud Storage" in shown
    assert any(text.endswith(": 2026-11-23 15:02:05 JST (3 分前)") for text in shown)


HUGE = st.sampled_from(["x", "🔥", "\\", "<", "{{", "\u202e", "　", '"', "\x00", "*_["])
TEXT = st.builds(lambda piece, count: piece * count, HUGE, st.integers(0, 4_000)) | st.text(max_size=200)
JSON = st.recursive(TEXT | st.integers() | st.none(), lambda inner: st.lists(inner, max_size=4), max_leaves=6)


@several(60)
@given(
    named=st.fixed_dictionaries(
        dict.fromkeys(("title", "summary", "resource", "principal", "project", "rule", "service", "resolution"), TEXT)
    ),
    fields=st.dictionaries(TEXT, JSON, max_size=30),
    elements=st.dictionaries(TEXT, st.lists(st.dictionaries(TEXT, TEXT, max_size=4), max_size=4), max_size=4),
    outcome=TEXT,
    runs=st.integers(0, 20),
    trigger=st.sampled_from(Trigger),
    locale=st.sampled_from([ENGLISH, JAPANESE]),
)
def test_any_card_is_small_enough_and_well_formed(
    named: dict[str, str],
    fields: dict[str, Any],
    elements: dict[str, Any],
    outcome: str,
    runs: int,
    trigger: Trigger,
    locale: Locale,
) -> None:
    address = "https://console.cloud.google.com/" + "a" * 1_900
    evidence = {"fields": fields, "elements": elements}
    view = incident(**named, evidence=evidence, log_url=address, labels={"runbook": address}, resolved_at=NOW)
    done = tuple(action_run(handler_rule=outcome, result=outcome) for _ in range(runs))
    made = IncidentCard(view, trigger, done, 2, outcome * runs, alarm_note=outcome * runs)

    message = incident_message(made, locale, "https://hinomi.example.com/" + "b" * 1_900)

    assert size(message) <= BUDGET
    assert len(json.dumps(message, ensure_ascii=False).encode()) <= BUDGET
    assert problems(message) == []


def test_evidence_goes_before_anything_is_cut() -> None:
    fields = {f"jsonPayload.field{number}": "記" * 300 for number in range(12)}
    view = incident(evidence={"fields": fields, "elements": {}}, summary="s" * 1_400)
    shown = texts(card(view))

    assert "s" * 1_400 in shown
    assert any(text.startswith("… and ") for text in shown)


def test_an_incident_from_the_future_is_shown_as_now() -> None:
    shown = texts(card(incident(opened_at=NOW + timedelta(seconds=40))))

    assert "Since: 2026-11-23 06:05:52 UTC (just now)" in shown


@pytest.mark.parametrize(("language", "news"), [("en", "Closed"), ("ja", "クローズ")])
def test_a_quiet_period_is_not_a_success(language: str, news: str) -> None:
    view = incident(status=Status.RESOLVED, resolved_at=NOW, resolution="no further failure", resolved_by="quiet")
    locale = Locale(language, "UTC", NOW)
    shown = incident_message(IncidentCard(view, Trigger.RESOLVED), locale, DASHBOARD)["attachments"][0]["content"]
    assert (shown["body"][0]["style"], news in str(shown)) == ("emphasis", True)
    for word in ("Resolved", "resolved", "復旧", "good", "✅"):
        assert word not in str(shown)


def shown_in(language: str, view: IncidentView, trigger: Trigger) -> str:
    message = incident_message(IncidentCard(view, trigger), Locale(language, "UTC", NOW), DASHBOARD)
    return " ".join(texts(message["attachments"][0]["content"]["body"]))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Still missing: the run of 2026-11-23 03:00 UTC (a later run succeeded at 06:05:12)"),
        ("ja", "未復旧の実行: 2026-11-23 03:00 UTC の実行 (その後の実行は 06:05:12 に成功)"),
    ],
)
def test_a_run_that_nothing_repaired_is_named_though_a_later_one_succeeded(language: str, expected: str) -> None:
    runs = ("scheduled__2026-11-23T03:00:00+00:00",)
    view = incident(kind=IncidentKind.JOB_FAILURE, unrepaired_runs=runs, later_success_at=NOW)
    assert expected in shown_in(language, view, Trigger.REOCCURRED)
    assert expected not in shown_in(
        language, incident(kind=IncidentKind.JOB_FAILURE, unrepaired_runs=runs), Trigger.OPENED
    )


def test_a_run_without_a_date_is_named_by_its_id_and_many_are_cut() -> None:
    runs = tuple(f"manual_{number}" for number in range(9))
    view = incident(kind=IncidentKind.JOB_FAILURE, unrepaired_runs=runs, later_success_at=NOW)
    assert "the runs manual_0, manual_1, manual_2, manual_3, manual_4, …" in shown_in("en", view, Trigger.REOCCURRED)


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Not undone, 2 changes: editor ann, editor bob"), ("ja", "未取り消しの変更 2 件: editor ann, editor bob")],
)
def test_changes_of_one_call_that_are_not_undone_are_listed(language: str, expected: str) -> None:
    view = incident(kind=IncidentKind.IRREGULAR_ACCESS, unrepaired_runs=("editor ann", "editor bob"))
    assert expected in shown_in(language, view, Trigger.OPENED)


@pytest.mark.parametrize(("language", "news"), [("en", "stable for 1 h"), ("ja", "失敗と復旧を繰り返しています")])
def test_a_flapping_incident_says_when_the_next_card_comes(language: str, news: str) -> None:
    view = incident(flapping_since=NOW)
    assert news in shown_in(language, view, Trigger.FLAPPING)
    assert news not in shown_in(language, view, Trigger.RESOLVED)


def noted(view: IncidentView, trigger: Trigger, **more: Any) -> str:
    locale = Locale("en", "UTC", NOW)
    return str(incident_message(IncidentCard(view, trigger, **more), locale, DASHBOARD))


def test_a_card_after_a_silence_says_why_it_comes_now() -> None:
    assert "Notified now because a silence ended" in noted(incident(), Trigger.OPENED, was_silenced=True)
    assert "silence" not in noted(incident(), Trigger.OPENED)


@pytest.mark.parametrize(
    ("minutes", "since", "is_written"), [(60, NOW, True), (90, NOW, True), (59, NOW, False), (60, None, False)]
)
def test_the_end_of_flapping_is_shown_when_the_job_has_been_stable(
    minutes: int, since: Any, *, is_written: bool
) -> None:
    view = incident(flapping_since=since, resolved_at=NOW - timedelta(minutes=minutes), resolution="the call succeeded")
    assert ("Flapping ended: no failure for 1 h" in noted(view, Trigger.RESOLVED)) is is_written


@pytest.mark.parametrize("time", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("locale", [ENGLISH, JAPANESE, Locale("en", "America/Los_Angeles", NOW)])
def test_a_card_about_an_end_of_the_calendar_is_valid(time: datetime, locale: Locale) -> None:
    for trigger in Trigger:
        view = incident(opened_at=time, last_seen_at=time, resolved_at=time)
        assert problems(incident_message(IncidentCard(view, trigger, (), 2), locale, DASHBOARD)) == []


@pytest.mark.parametrize(
    ("run", "shown"), [("2026-11-19/", "the run from 2026-11-19"), ("/2026-11-19", "the run up to 2026-11-19")]
)
def test_a_window_without_an_end_or_a_beginning_is_named_in_words(run: str, shown: str) -> None:
    view = incident(kind=IncidentKind.JOB_FAILURE, unrepaired_runs=(run,), later_success_at=NOW)
    assert shown in shown_in("en", view, Trigger.REOCCURRED)
