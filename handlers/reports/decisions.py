"""The decisions that a report asks for, each with its command, most urgent first."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from handlers.channels.part_names import channel_of
from handlers.reports.parts import ReportRow, row
from insights.jobs.gaps import JobGap
from insights.reports.model import PeriodReport, RuleNoise
from shared.model import Severity, Status
from shared.records import IncidentView, RunView
from shared.texts import Text
from shared.texts.locale import Locale, duration
from shared.texts.recorded import localized
from shared.texts.reports import labels, sentences

LEAST_ENDED = 3
MOSTLY_ALONE = 0.8
URGENT = (Severity.CRITICAL, Severity.HIGH)
MOST_OF_A_KIND = 3


def decisions(report: PeriodReport) -> Iterator[ReportRow]:
    """The decisions: approvals, unacknowledged incidents, broken channels, lost runs, noisy rules, unused grants."""
    yield from [_approval(run, report) for run in report.waiting][:MOST_OF_A_KIND]
    urgent = [one for one in report.open_incidents if one.status is Status.OPEN and one.severity in URGENT]
    yield from [_unacknowledged(one, report) for one in urgent][:MOST_OF_A_KIND]
    yield from [_channel(one, report) for one in report.broken_channels if one.resolved_at is None][:MOST_OF_A_KIND]
    yield from [_lost(gap) for gap in report.unrepaired if gap.command][:MOST_OF_A_KIND]
    yield from [_noise(one) for one in report.noisy if is_noise(one)][:MOST_OF_A_KIND]
    unused = report.history.unused
    if unused is not None and unused.unused:
        command = f"hinomi access unused --days {unused.days}"
        yield row(sentences.REVOKE(count=unused.unused, days=unused.days), command=command)


def is_noise(noise: RuleNoise) -> bool:
    """Whether most incidents of a rule ended by themselves, or were false alarms."""
    return noise.ended >= LEAST_ENDED and ((noise.share or 0) >= MOSTLY_ALONE or has_false_alarms(noise))


def has_false_alarms(noise: RuleNoise) -> bool:
    """Whether people marked most incidents of a rule as false alarms."""
    return noise.ended >= LEAST_ENDED and noise.false_alarms / noise.ended >= MOSTLY_ALONE


def suggestion(noise: RuleNoise) -> Text:
    """The suggested command for a rule: a silence if it is noisy, with a reason, otherwise the list of its incidents."""
    if is_noise(noise):
        reason = sentences.REASON_FALSE if has_false_alarms(noise) else sentences.REASON_ALONE
        return Text(en=_silence(noise.rule, reason.en), ja=_silence(noise.rule, reason.ja))
    return Text.verbatim(shlex.join(("hinomi", "incidents", "list", "--all", "--text", noise.rule)))


def _silence(rule: str, reason: str) -> str:
    return shlex.join(("hinomi", "silences", "add", "--rule", rule, "--for", "1d", "--reason", reason))


def title(incident: IncidentView) -> Text:
    """The title of an incident in every language."""
    return Text(en=incident.title, ja=localized(incident, "ja").title)


def _approval(run: RunView, report: PeriodReport) -> ReportRow:
    command = f"hinomi approvals approve {run.id}"
    if run.approval_until is None:
        text = sentences.APPROVE_SOON(handler=run.handler_rule, target=run.target)
        return row(text, command="hinomi approvals list", is_urgent=True)
    until = labels.time_text(Locale("en", report.period.zone, report.now).local(run.approval_until))
    plan = Text(en=run.plan("en"), ja=run.plan("ja"))
    text = sentences.APPROVE(handler=run.handler_rule, target=run.target, until=until, plan=plan)
    return row(text, command=command, is_urgent=True)


def _unacknowledged(incident: IncidentView, report: PeriodReport) -> ReportRow:
    age = duration(report.now - incident.opened_at)
    text = sentences.UNACKNOWLEDGED(title=title(incident), resource=incident.resource, age=age)
    return row(text, command=f"hinomi incidents ack {incident.id}", is_urgent=True)


def _channel(incident: IncidentView, report: PeriodReport) -> ReportRow:
    notifier, _, name = channel_of(incident.resource).partition(":")
    since = labels.time_text(Locale("en", report.period.zone, report.now).local(incident.opened_at))
    command = shlex.join(("hinomi", "notify-test", "--notifier", notifier, "--channel", name or "default"))
    return row(sentences.CHANNEL(channel=incident.resource, since=since), command=command, is_urgent=True)


def _lost(gap: JobGap) -> ReportRow:
    text = sentences.RERUN(job=gap.job, run=gap.run) if gap.run else sentences.RERUN_LATEST(job=gap.job)
    return row(text, command=gap.command)


def _noise(noise: RuleNoise) -> ReportRow:
    text = sentences.SILENCE(rule=noise.rule, alone=f"{noise.alone:,}", ended=f"{noise.ended:,}")
    if has_false_alarms(noise):
        text = sentences.FALSE_ALARMS(rule=noise.rule, count=f"{noise.false_alarms:,}", ended=f"{noise.ended:,}")
    return row(text, command=suggestion(noise))


def acknowledged(incident: IncidentView) -> Text:
    """The sentence that names the person who acknowledged an incident."""
    return Text.verbatim(incident.acknowledged_by) if incident.acknowledged_by else labels.NOBODY
