"""The name of a job, from the name or the id of one of its runs.

Schedulers add a part that changes to the name of each run: a random suffix (Airflow's Dataflow operators: eight
hexadecimal digits; Kubernetes: five characters without vowels), a time, a number, a UUID. The name without that part is
the name that people use for the job.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

from shared.lazy.pattern import lazy_pattern

_UUID = lazy_pattern(r"[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{12}", re.IGNORECASE)
_DAY = r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"[-_tT]\d{2}(?:[-_:]?\d{2}){0,2}(?:[._]\d{3,9})?(?:[zZ]|[-_+]\d{2}[-_:]?\d{2})?"
_DATE = lazy_pattern(
    rf"(?<!\d)(?:19|20)\d{{2}}[-_](?:0[1-9]|1[0-2])(?:[-_](?:0[1-9]|[12]\d|3[01])(?:{_CLOCK})?)?(?!\d)"
)
# A week, a quarter, and a date that begins with its day.
_PERIOD = lazy_pattern(
    r"(?<![0-9A-Za-z])(?:(?:19|20)\d\d[-_]?(?:w(?:0[1-9]|[1-4]\d|5[0-3])|q[1-4])"
    r"|(?:0[1-9]|[12]\d|3[01])([-_])(?:0[1-9]|1[0-2])\1(?:19|20)\d\d)(?![0-9A-Za-z])",
    re.IGNORECASE,
)
# A date without separators, alone or at the end of a word.
_COMPACT_DATE = lazy_pattern(rf"(?<![0-9a-fA-F]){_DAY}(?:[tT]?\d{{2}}){{0,3}}[zZ]?$|(?<=[A-Za-z]){_DAY}$")
# Seconds or days since an epoch, a date, a date with a time, or a hash of a usual length.
_CHANGING = lazy_pattern(r"\d{6,}(?:[tTzZ]\d*[zZ]?)?|[0-9a-f]{8}|(?=[a-f]*\d)[0-9a-f]{6,}", re.IGNORECASE)
# Pods of Kubernetes: the hash of a ReplicaSet and five characters, in an alphabet without vowels and without 0, 1 and 3.
_OF_POD = lazy_pattern(r"(?=\D*\d)[bcdfghjklmnpqrstvwxz24-9]{5}")
_OF_REPLICA_SET = lazy_pattern(r"(?=\D*\d)[bcdfghjklmnpqrstvwxz24-9]{8,10}")
_AFTER_CHANGING = lazy_pattern(
    r"\d{1,5}|[bcdfghjklmnpqrstvwxz24-9]{5}|(?=\D*\d)(?=\d*\D)[a-z0-9]{5,10}|z", re.IGNORECASE
)
# A part whose letters and digits alternate this often is random: `s3togcs2bq` is not.
_LEAST_RANDOM, _CHANGES_OF_RANDOM = 8, 5
_NUMBERED = frozenset({"run", "attempt", "try", "exec", "execution", "trial", "invocation"})
_NUMBERED_PART = lazy_pattern(rf"(?:{'|'.join(sorted(_NUMBERED))})\d{{1,6}}", re.IGNORECASE)
_OTHER_RUNS = frozenset({"dry", "pre", "post"})
_MIXED_HASH = lazy_pattern(r"(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{8,}", re.IGNORECASE)
# Looker's tables have their creation in milliseconds inside a generated word.
_MILLISECONDS = lazy_pattern(r"[0-9A-Za-z]*1[5-9]\d{11}[0-9A-Za-z]*")
_BORDER = lazy_pattern(r"[-_./:@$]+")
_GENERATED = lazy_pattern(r"\d+|(?=[a-f]*\d)[0-9a-f]{4,}", re.IGNORECASE)
_BEAM = lazy_pattern(r"(beamapp-.+?)-\d{10}(?:-\d{6})?(?:-[a-z0-9]{8})?")
_CUT = "\x01"
# Ids that clients and services make for their jobs: the client libraries, bq, the console, scripts, Beam, Dataform, Connected
# Sheets, transfers, materialized views. They do not name a job.
_CLIENT_ID = lazy_pattern(
    r"job_(?=[^A-Z]*[A-Z])[\w-]{20,}|dataform-gcp-job.*"
    r"|(?:beam_bq_job|bqjob|bqts|bquxjob|materialized_view_refresh|scheduled_query|script_job|sheets_dataconnector)_.*",
    re.ASCII,
)
# Prefixes that clients put before generated ids.
_GENERIC = frozenset(
    {
        *(
            "job",
            "bquxjob",
            "bqjob",
            "bqjob_r",
            "script_job",
            "scheduled_query",
            "query",
            "load",
            "extract",
            "copy",
            "tmp",
        ),
        *(
            "spark",
            "spark_bq",
            "beam_bq_job",
            "beam",
            "dbt",
            "airflow",
            "dataform",
            "dataform-gcp-job",
            "looker",
            "looker_bq",
        ),
        *("looker-studio", "lookerstudio", "colab", "notebook", "sheets_dataconnector", "materialized_view_refresh"),
        *("df_extract", "dts", "bqts", "python", "pandas", "dataflow", "bigquery"),
    }
)


_PARTITION = lazy_pattern(r"\$(\w+)$|_((?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{0,4})$")
# Days of the longest interval between two runs.
_INTERVALS = {"weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366, "annual": 366}
_INTERVAL_WORD = lazy_pattern(rf"(?<![a-z])({'|'.join(_INTERVALS)})(?![a-z])")
_MOMENT = lazy_pattern(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:\d{2}|Z)")


def run_time(run: str) -> datetime | None:
    """The logical date in a run id such as `scheduled__2026-11-25T03:00:00+00:00`; None if there is none."""
    match = _MOMENT.search(run)
    try:
        return datetime.fromisoformat(match[0]) if match else None
    except ValueError:  # it only resembles a date
        return None


def same_run(run: str, other: str) -> bool:
    """Whether two ids mean the same run.

    Airflow has one run per logical date, whether scheduled, manual or of a backfill.
    """
    time = run_time(run)
    return run == other or (time is not None and time == run_time(other))


def other_time(run: str, other: str) -> bool:
    """Whether two ids contain different logical dates."""
    times = {run_time(run), run_time(other)}
    return len(times) > 1 and None not in times


def partition(table: str) -> str:
    """The partition in the name of a table: `20261127` or `42` after `$`, or a day or month after `_`; empty if there is none."""
    match = _PARTITION.search(table)
    return (match[1] or match[2]) if match else ""


def named_interval(name: str) -> timedelta | None:
    """The interval that the name of a job contains, such as a month in `monthly_close`; None if it contains none."""
    words = re.sub(r"month[-_ ]?end", "monthly", name.casefold())
    found = _INTERVAL_WORD.findall(words)
    return max((timedelta(days=_INTERVALS[word]) for word in found), default=None)


def stem(name: str) -> str:
    """A run's name without its variable parts; the whole name if nothing would remain."""
    beam = _BEAM.fullmatch(name)
    return beam[1] if beam else _stripped(name, numbers=False) or name


def table_stem(name: str) -> str:
    """A table's name without its partition, snapshot, shard and temporary suffix; the whole name if nothing would remain."""
    path, slash, table = name.rpartition("/")
    return f"{path}{slash}{stem(re.split('[$@]', table)[0] or table)}"


def id_stem(run_id: str) -> str:
    """The job name inside the id of a run; empty for an id without a job name, such as a random id."""
    text = run_id.rstrip("/").rpartition("/")[2]
    if _CLIENT_ID.fullmatch(text):
        return ""
    name = _stripped(text, numbers=True)
    return "" if name.casefold() in _GENERIC else name


def _stripped(name: str, *, numbers: bool) -> str:
    text = _DATE.sub(_CUT, _PERIOD.sub(_CUT, _UUID.sub(_CUT, name)))
    parts = [_COMPACT_DATE.sub(_CUT, part) for part in _BORDER.split(text)]
    borders = [*_BORDER.findall(text), ""]
    last = len(parts) - _suffix(parts, numbers=numbers)
    kept = [(part.replace(_CUT, ""), borders[at]) for at, part in enumerate(parts[:last]) if not _is_inner_change(part)]
    return "".join(part + border for part, border in kept).strip("-_./:@$")


def _suffix(parts: list[str], *, numbers: bool) -> int:
    """The number of last parts that change. Some parts count only after a part that always changes."""

    def changes(part: str) -> bool:
        return _changes(part, numbers=numbers)

    pod = _pod_suffix(parts) or _numbered_suffix(parts)
    rest = parts[: len(parts) - pod]
    tail = list(takewhile(lambda part: not part or changes(part) or _AFTER_CHANGING.fullmatch(part), reversed(rest)))
    while tail and not (not tail[-1] or changes(tail[-1])):
        tail.pop()
    return pod + len(tail)


def _pod_suffix(parts: list[str]) -> int:
    """The number of last parts that Kubernetes added to the name of a pod."""
    if len(parts) > 2 and _AFTER_CHANGING.fullmatch(parts[-1]) and _OF_REPLICA_SET.fullmatch(parts[-2]):
        return 2
    return 1 if len(parts) > 1 and _OF_POD.fullmatch(parts[-1]) else 0


def _numbered_suffix(parts: list[str]) -> int:
    """The number of last parts that number a run in words, such as `run-42` or `attempt2`."""
    if len(parts) > 1 and _NUMBERED_PART.fullmatch(parts[-1]):
        return 1
    is_number = len(parts) > 2 and parts[-1].isdecimal() and parts[-2].casefold() in _NUMBERED
    return 2 if is_number and parts[-3].casefold() not in _OTHER_RUNS else 0


def _changes(part: str, *, numbers: bool) -> bool:
    changing = _CHANGING.fullmatch(part) or (numbers and _GENERATED.fullmatch(part))
    return part == _CUT or bool(changing) or _is_random(part)


def _is_random(part: str) -> bool:
    if len(part) < _LEAST_RANDOM or not (part.isascii() and part.isalnum()):
        return False
    return sum(one.isdigit() != other.isdigit() for one, other in pairwise(part)) >= _CHANGES_OF_RANDOM


def _is_inner_change(part: str) -> bool:
    """Whether a part in the middle of a name changes for certain."""
    return part == _CUT or bool(_MIXED_HASH.fullmatch(part) or _MILLISECONDS.fullmatch(part))
