"""Reads aligned time series from Cloud Monitoring, and translates its errors.

Sources: google/monitoring/v3/metric_service.proto and common.proto; docs.cloud.google.com/monitoring/api/v3/filters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.errors import HinomiError

if TYPE_CHECKING:
    from google.cloud.monitoring_v3 import MetricServiceClient

TIMEOUT_SECONDS = 10.0
PAGE_POINTS = 20_000
# Codes after which the same call may succeed without any change.
TRANSIENT = ("UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "ABORTED", "INTERNAL", "UNKNOWN", "CANCELLED")


class ReadError(HinomiError):
    """A series could not be read. `code` is the name of a gRPC status; `transient` says whether a retry can help."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        self.transient = code in TRANSIENT
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """One series: its labels, and its values by the end of their slot in epoch seconds."""

    resource: dict[str, str]
    metric: dict[str, str]
    points: dict[int, float] = field(default_factory=dict)


def window_end(time: datetime, *, period: int, visible_after: int) -> int:
    """The end of the last slot whose points are visible at `time`, in epoch seconds."""
    return (int(time.timestamp()) - visible_after) // period * period


def request(spec: dict[str, Any], project: str, *, start: int, end: int) -> dict[str, Any]:
    """The ListTimeSeries request for one metric of the catalogue. The server aligns slots to `end`."""
    aggregation = {"alignment_period": {"seconds": spec["period"]}, "per_series_aligner": spec["aligner"]}
    if spec["reducer"]:
        groups = [f"resource.label.{label}" for label in spec["labels"]]
        aggregation["cross_series_reducer"] = spec["reducer"]
        aggregation["group_by_fields"] = groups + [f"metric.label.{label}" for label in spec["split"]]
    conditions = [f'metric.type = "{spec["metric"]}"', f'resource.type = "{spec["resource"]}"']
    if spec["filter"]:
        conditions.append(f"({spec['filter']})")
    return {
        "name": f"projects/{project}",
        "filter": " AND ".join(conditions),
        "interval": {"start_time": _time(start), "end_time": _time(end)},
        "aggregation": aggregation,
        "view": "FULL",
        "page_size": PAGE_POINTS,
    }


def read(client: MetricServiceClient, request: dict[str, Any]) -> list[TimeSeries]:
    """All series of all pages, in the order of their labels. Raises ReadError when a page cannot be read.

    For a metric that the project has never had, the API answers with an error, and this function with an empty result.
    """
    from google.api_core import exceptions  # noqa: PLC0415
    from google.api_core.retry import Retry, if_exception_type  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415

    retry = Retry(if_exception_type(exceptions.ServiceUnavailable), initial=0.1, maximum=2.0, timeout=TIMEOUT_SECONDS)
    try:
        return _merge(client.list_time_series(request=request, retry=retry, timeout=TIMEOUT_SECONDS), request)
    except exceptions.NotFound:
        return []
    except exceptions.GoogleAPICallError as error:
        code = error.grpc_status_code.name if error.grpc_status_code else "UNKNOWN"
        raise ReadError(code, error.message or "no reason given") from error
    except exceptions.RetryError as error:
        raise ReadError("UNAVAILABLE", f"no answer within {TIMEOUT_SECONDS:.0f} s") from error
    except GoogleAuthError as error:
        raise ReadError("UNAUTHENTICATED", str(error)) from error


def _merge(parts: Iterable[Any], request: dict[str, Any]) -> list[TimeSeries]:
    """Joins the parts of each series, which may be spread over several pages."""
    end = int(request["interval"]["end_time"].timestamp())
    period = request["aggregation"]["alignment_period"]["seconds"]
    merged: dict[tuple[tuple[str, str], ...], TimeSeries] = {}
    for item in parts:
        message = type(item).pb(item)  # the plain protobuf message: reading its fields is ten times faster
        resource, metric = dict(message.resource.labels), dict(message.metric.labels)
        key = (*sorted(resource.items()), ("", ""), *sorted(metric.items()))
        series = merged.setdefault(key, TimeSeries(resource, metric))
        for point in message.points:
            slot = end - (end - point.interval.end_time.seconds) // period * period
            value = getattr(point.value, point.value.WhichOneof("value") or "double_value")
            series.points[slot] = float(value)
    return [merged[key] for key in sorted(merged)]


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
