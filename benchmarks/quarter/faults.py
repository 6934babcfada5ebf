"""Faults of twenty-five kinds: each changes the platform, and defines the resources of its incident and the time by which it must be found."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from benchmarks.quarter import data_faults, job_faults
from benchmarks.quarter.injected_fault import LEARNED, InjectedFault, Maker
from benchmarks.quarter.platform import HOUR, PROJECT, Platform
from shared.identity.cost_rules import COST_RULES
from shared.identity.late_jobs import LATE_RULES
from shared.identity.table_rules import MANY_STALE, STALE, VOLUME

MAKERS: Mapping[str, Maker] = {
    "a daily run is missing": job_faults.missing("daily", "working days"),
    "a weekly or monthly run is missing": job_faults.missing("weekly", "monthly"),
    "an hourly job stops": job_faults.frequent("hourly", 8),
    "a job of 15 minutes stops": job_faults.frequent("quarter", 6),
    "a run starts hours late": job_faults.starts_late,
    "a run hangs": job_faults.slow(6, 4 * HOUR),
    "a run takes twice as long": job_faults.slow(2.2, 2.5 * HOUR),
    "an upstream run hangs": job_faults.upstream,
    "a DAG run fails": job_faults.fails,
    "the scheduler is down": job_faults.scheduler_down,
    "a table is not updated": data_faults.table_stale,
    "a dataset is not updated": data_faults.dataset_stale,
    "a partial load": data_faults.volume(0.1),
    "a load five times as large": data_faults.volume(5.0),
    "a metric jumps": data_faults.metric(lambda value, spread: value + 4 * spread),
    "a metric falls to zero": data_faults.metric(lambda _value, _spread: 0.0),
    "a metric stops": data_faults.metric_silent,
    "a disk fills": data_faults.disk_fills,
    "a declared deadline": job_faults.deadline,
    "a job costs far more": job_faults.cost,
    "a permission is missing": job_faults.refused(
        7, f"Access Denied: Dataset {PROJECT}:raw: Permission bigquery.tables.getData denied on dataset {PROJECT}:raw"
    ),
    "a quota is exceeded": job_faults.refused(8, "Quota exceeded: Your project exceeded quota for concurrent queries."),
    "a data quality check fails": data_faults.quality,
    "a connector task fails": data_faults.logged("kafka/connect_task_failed", "orders-cdc", "connector"),
    "a dataset becomes public": data_faults.logged("bigquery/dataset_made_public", "sales", "dataset"),
}

FOUND_BY: Mapping[str, tuple[str, ...]] = {
    "a daily run is missing": LATE_RULES,
    "a weekly or monthly run is missing": LATE_RULES,
    "an hourly job stops": LATE_RULES,
    "a job of 15 minutes stops": LATE_RULES,
    "a run starts hours late": LATE_RULES,
    "a run hangs": LATE_RULES,
    "a run takes twice as long": LATE_RULES,
    "an upstream run hangs": LATE_RULES,
    "the scheduler is down": LATE_RULES,
    "a declared deadline": LATE_RULES,
    "a DAG run fails": ("composer/dag_run_failed",),
    "a table is not updated": (STALE, MANY_STALE),
    "a dataset is not updated": (STALE, MANY_STALE),
    "a partial load": (VOLUME,),
    "a load five times as large": (VOLUME,),
    "a metric jumps": ("metrics/unusual",),
    "a metric falls to zero": ("metrics/unusual",),
    "a metric stops": ("metrics/silent",),
    "a disk fills": ("metrics/limit_ahead",),
    "a job costs far more": COST_RULES,
    "a permission is missing": ("bigquery/job_failed",),
    "a quota is exceeded": ("bigquery/job_failed",),
    "a data quality check fails": ("report/checks",),
    "a connector task fails": ("kafka/connect_task_failed",),
    "a dataset becomes public": ("bigquery/dataset_made_public",),
}


def inject(platform: Platform, seed: int, count: int, days: int) -> list[InjectedFault]:
    """Injects `count` faults, at least one of each kind, spread over the days after the learned weeks."""
    rng = Random(seed * 7919)  # noqa: S311
    kinds = (list(MAKERS) * (count // len(MAKERS) + 1))[: max(count, len(MAKERS))]
    rng.shuffle(kinds)
    faults = []
    for at, kind in enumerate(kinds):
        day = LEARNED + 1 + at * max(days - 4, 1) // len(kinds)
        for _ in range(20):
            if fault := MAKERS[kind](platform, rng, day):
                fault.kind, fault.rules = kind, FOUND_BY[kind]
                faults.append(fault)
                break
    return faults
