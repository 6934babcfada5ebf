"""Findings about daily cost, and their recoveries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from insights.cost.budget import Contributor, CostExcess
from insights.cost.money import money
from insights.cost.spending import By
from shared.identity.cost_rules import OVER_BUDGET, UNUSUAL_COST
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, NextStep, Recovery, Severity
from shared.next_steps import next_step
from shared.texts import Text, joined
from shared.texts import costs as texts
from shared.texts.recorded import translations

NAMED = 3  # contributors that a summary names
SERVICE = "bigquery"
BY, NAME = "cost_by", "name"  # labels


def expensive(excess: CostExcess, currency: str, now: datetime) -> Finding:
    """The finding about a day that cost too much. Each day is an occurrence."""
    rule, title = (OVER_BUDGET, texts.BUDGET_TITLE) if excess.is_declared else (UNUSUAL_COST, texts.UNUSUAL_TITLE)
    summary, key = _summary(excess, currency, now), key_of(rule, excess.by, excess.name)
    begin = datetime(excess.day.year, excess.day.month, excess.day.day, tzinfo=UTC)
    return Finding(
        rule=rule,
        title=title.en,
        kind=IncidentKind.LOAD_ISSUE,
        severity=Severity.MEDIUM,
        service=SERVICE,
        resource=excess.name,
        project=excess.name if excess.by is By.PROJECT else "",
        principal=excess.name if excess.by is By.USER else "",
        summary=summary.en,
        fingerprint=key,
        time=min(now, begin + timedelta(days=1)),
        event_key=f"{rule}|{key}|{excess.day.isoformat()}",
        fields={
            "day": excess.day.isoformat(),
            "price": round(excess.price, 2),
            "usual": round(excess.usual, 2),
            "limit": round(excess.limit, 2),
            "currency": currency,
            "compared_days": excess.days,
        },
        elements=_elements(excess),
        labels={BY: str(excess.by), NAME: excess.name, **({"job": excess.name} if excess.by is By.JOB else {})},
        translations=translations(title=title, summary=summary),
        next_steps=_next_steps(excess),
    )


def over(rule: str, key: str, now: datetime) -> Recovery:
    """The recovery after a whole day with a usual cost."""
    summary = texts.USUAL_AGAIN
    return Recovery(rule, key, now, f"{rule}|{key}|over|{now.isoformat()}", summary.en, translations(summary=summary))


def key_of(rule: str, by: By, name: str) -> str:
    """The fingerprint of a user, job, dataset or project that costs too much."""
    return fingerprint(rule, str(by), name)


def _summary(excess: CostExcess, currency: str, now: datetime) -> Text:
    is_over = now.astimezone(UTC).date() > excess.day
    summary = (texts.OVER if excess.is_declared else texts.UNUSUAL)(
        day=excess.day.isoformat(),
        what=texts.NAMES[str(excess.by)](name=excess.name),
        time="24:00" if is_over else f"{now.astimezone(UTC):%H:%M}",
        price=money(excess.price, currency),
        usual=money(excess.usual, currency),
        limit=money(excess.limit, currency),
    )
    parts = [_part(each, excess, currency) for each in excess.contributors[:NAMED]]
    return texts.MOSTLY(summary=summary, parts=joined(parts)) if parts else summary


def _part(each: Contributor, excess: CostExcess, currency: str) -> Text:
    values: dict[str, str | float] = {
        "user": each.user,
        "price": money(each.price, currency),
        "share": round(100 * each.share),
    }
    is_known = each.job == each.user or excess.by is By.JOB  # the job is named already
    return texts.PART(**values) if is_known else texts.PART_OF_USER(**values, job=each.job)


def _elements(excess: CostExcess) -> dict[str, list[dict[str, object]]]:
    contributors: list[dict[str, object]] = [
        {"user": each.user, "job": each.job, "price": round(each.price, 2), "share": round(each.share, 3)}
        for each in excess.contributors
    ]
    also: list[dict[str, object]] = [{"by": str(by), "name": name} for by, name in excess.others]
    return {name: values for name, values in (("contributors", contributors), ("also_above", also)) if values}


def _next_steps(excess: CostExcess) -> tuple[NextStep, ...]:
    largest = excess.contributors[0].job if excess.contributors else ""
    jobs = [next_step(texts.SEE_JOB, ("hinomi", "jobs", "show"), largest)] if largest else []
    return (
        next_step(texts.EXPLAIN, ("hinomi", "cost", "by", str(excess.by), "--days", "7")),
        *jobs,
        next_step(texts.LIMIT),
    )
