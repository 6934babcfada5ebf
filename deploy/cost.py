"""The estimated monthly cost of an installation, from the price list in the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.texts import Text
from shared.texts.deploy import estimate as texts

DAYS = 30.4
SECONDS = DAYS * 86400
LOAD_CHECK_MINUTES = 5
SNAPSHOT_SECONDS = 60.0  # seconds of one hourly run, with a hundred projects
LOAD_CHECK_SECONDS = 5.0
SWEEP_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """A line of the estimate, in US dollars a month."""

    what: Text
    usd: float
    why: Text


def estimate(
    plan: Mapping[str, Any], *, log_gib_per_day: float, own_instance: bool, secrets: int = 2
) -> list[EstimateLine]:
    """The lines for `gib` GiB of log entries a day in the scope, before the sink filter.

    `own_instance` is True if deploy.sh creates the Cloud SQL instance. `secrets` is the number of secrets: the password
    of the release job and the secrets of channels and connections.
    """
    prices = plan["prices"]
    gib = log_gib_per_day * DAYS * prices["let_through"]
    entries = gib * 1024 * 1024 / prices["entry_kib"]
    paid_gib = max(0.0, 2 * gib - prices["pubsub_free_gib"])
    lines = [
        EstimateLine(texts.PUBSUB, paid_gib / 1024 * prices["pubsub_tib"], texts.PUBSUB_WHY(gib=f"{gib:,.0f}")),
        _functions(plan, entries),
        EstimateLine(
            texts.SCHEDULER,
            len(plan["schedules"]) * prices["scheduler_job_month"],
            texts.JOBS(count=len(plan["schedules"])),
        ),
        EstimateLine(texts.SECRETS, secrets * prices["secret_version_month"], texts.SECRETS_WHY(count=secrets)),
        EstimateLine(
            texts.ALERTS,
            len(plan["alerts"]["policies"]) * prices["alert_reference_month"],
            texts.ALERTS_WHY,
        ),
        _reads(prices),
    ]
    return [*lines, _database(plan)] if own_instance else lines


def _reads(prices: Mapping[str, Any]) -> EstimateLine:
    """The price of the time series that the load check reads, and the history once an hour."""
    times = DAYS * (1440 / LOAD_CHECK_MINUTES + 24)
    paid = max(0.0, prices["read_series"] * times - prices["read_free_series"])
    why = texts.MONITORING_WHY(series=prices["read_series"], minutes=LOAD_CHECK_MINUTES)
    return EstimateLine(texts.MONITORING, paid / 1e6 * prices["read_million_series"], why)


def _functions(plan: Mapping[str, Any], entries: float) -> EstimateLine:
    prices = plan["prices"]
    minutes = DAYS * 1440
    busy = {
        "metrics_analysis": entries * prices["entry_seconds"]
        + minutes * SWEEP_SECONDS
        + minutes / LOAD_CHECK_MINUTES * LOAD_CHECK_SECONDS,
        "history_analysis": DAYS * 24 * SNAPSHOT_SECONDS,
    }
    usd = (entries + minutes * 1.2) / 1e6 * prices["run_million_requests"]
    for name, seconds in busy.items():
        spec = plan["functions"][name]
        idle = spec["min_instances"] * SECONDS
        usd += (seconds + idle) * (
            spec["cpu"] * prices["run_vcpu_second"] + _gib(spec["memory"]) * prices["run_gib_second"]
        )
    return EstimateLine(texts.FUNCTIONS, usd, texts.FUNCTIONS_WHY(entries=f"{float(f'{entries:.2g}'):,.0f}"))


def _database(plan: Mapping[str, Any]) -> EstimateLine:
    prices, spec = plan["prices"], plan["database"]
    storage = spec["storage_gb"] * (prices["sql_gb_month"] + prices["sql_backup_gb_month"])
    return EstimateLine(
        texts.DATABASE,
        prices["sql_instance_month"] + storage,
        texts.DATABASE_WHY(tier=spec["tier"], gib=spec["storage_gb"]),
    )


def _gib(memory: str) -> float:
    return float(memory[:-2]) / (1024 if memory.endswith("Mi") else 1)
