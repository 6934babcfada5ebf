"""The name of a job, from the name or the id of one of its runs.

Schedulers add a part that changes to the name of each run: a random suffix (Airflow's Dataflow operators: eight
hexadecimal digits), a time, a number, a UUID. Without that part the name is the one that people use for the job.
"""

from __future__ import annotations

import re
from datetime import datetime

_UUID = re.compile(r"[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{12}", re.IGNORECASE)
# Seconds or days since an epoch, a date, a date with a time, or a hash of a usual length.
_CHANGING = re.compile(r"\d{6,}([tTzZ]\d*)?|\d{8}[tT]\d{4,}|[0-9a-f]{8}|(?=[a-f]*\d)[0-9a-f]{6,}", re.IGNORECASE)
_DATE = re.compile(r"\d{4}[-_]\d{2}[-_]\d{2}([-_tT]\d{2}([-_:]?\d{2}){0,2})?")
_BORDER = re.compile(r"[-_./:@$]+")
_GENERATED = re.compile(r"\d+|(?=[a-f]*\d)[0-9a-f]{4,}", re.IGNORECASE)
# Prefixes that clients put before generated ids (the BigQuery client libraries, the console, bq, Spark, dbt).
_GENERIC = frozenset(
    {
        "job",
        "bquxjob",
        "scheduled_query",
        "bqjob",
        "script_job",
        "query",
        "spark",
        "spark_bq",
        "dbt",
        "beam_bq_job",
        "load",
        "tmp",
    }
)


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:\d{2}|Z)")


def run_time(run: str) -> datetime | None:
    """The logical date in the id of a run, such as `scheduled__2026-11-25T03:00:00+00:00`; None if it has none."""
    match = _MOMENT.search(run)
    try:
        return datetime.fromisoformat(match[0]) if match else None
    except ValueError:  # it only resembles a date
        return None


def stem(name: str) -> str:
    """A run's name without the variable parts at its end; the whole name if nothing would remain."""
    return _stripped(name, numbers=False) or name


def id_stem(run_id: str) -> str:
    """The job name inside the id of a run; empty if the id is only generated."""
    name = _stripped(run_id.rstrip("/").rpartition("/")[2], numbers=True)
    return "" if name.casefold() in _GENERIC else name


def _stripped(name: str, *, numbers: bool) -> str:
    text = _DATE.sub("", _UUID.sub("", name))
    parts = _BORDER.split(text)
    borders = _BORDER.findall(text)
    last = len(parts)
    while last and (not parts[last - 1] or _changes(parts[last - 1], numbers=numbers)):
        last -= 1
    stem = [part + (borders[at] if at + 1 < last else "") for at, part in enumerate(parts[:last])]
    return "".join(stem).strip("-_./:@$")


def _changes(part: str, *, numbers: bool) -> bool:
    return bool(_CHANGING.fullmatch(part) or (numbers and _GENERATED.fullmatch(part)))
