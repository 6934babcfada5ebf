"""Keeps API calls below Google's quotas, with a token bucket for each quota, or for each project with its own quota.

Quota projects: docs.cloud.google.com/docs/quotas/quota-project. Most APIs count calls against the caller's project,
whichever projects are read; this is assumed where no page says otherwise. The quotas of an organization (Cloud Asset
Inventory: 3,000 searches a minute) are far above those of one caller's project.

Another function that runs at the same time has its own buckets, so each function uses only a part of the quota.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

SECONDS = 60.0
# The part of a quota to use: the jobs of the platform need the rest.
SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls per minute, and the source of the number. `per_key` is True if each project that is read has its own quota."""

    per_minute: int
    source: str
    per_key: bool = False


QUOTAS: Mapping[str, Quota] = {
    "asset.search": Quota(400, "docs.cloud.google.com/asset-inventory/docs/quota: SearchAllIamPolicies per project"),
    "iam.read": Quota(6000, "docs.cloud.google.com/iam/quotas: read requests per project"),
    "logging.read": Quota(60, "docs.cloud.google.com/logging/quotas printed 60 read requests per project for years"),
    "monitoring.read": Quota(600, "a cautious value: docs.cloud.google.com/monitoring/quotas prints none"),
    "bigquery.read": Quota(6000, "docs.cloud.google.com/bigquery/quotas: 100 requests a second, user and method"),
    "compute.read": Quota(
        1500, "docs.cloud.google.com/compute/api-quota: read requests, of the project that is read", per_key=True
    ),
    "airflow.read": Quota(600, "no quota: each is a web server that people use at the same time", per_key=True),
    "other.read": Quota(300, "a cautious value for services whose page prints none"),
}


class Limiter:
    """Token buckets. Thread-safe. The monotonic clock (seconds) and the sleep function are passed in."""

    def __init__(
        self,
        quotas: Mapping[str, Quota] = QUOTAS,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._quotas = quotas
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at: dict[tuple[str, str], float] = {}

    def take(self, quota: str, key: str = "", calls: int = 1) -> None:
        """Waits until `calls` more calls of `quota` are allowed for `key`, or in total if all keys share the quota.

        Raises KeyError for an unknown quota.
        """
        wait = self._reserve(quota, key if self._quotas[quota].per_key else "", calls)
        if wait > 0:
            self._sleep(wait)

    def _reserve(self, quota: str, key: str, calls: int) -> float:
        """The seconds to wait. A bucket has room for the calls of one second: at `free_at` it would be full again."""
        interval = SECONDS / (self._quotas[quota].per_minute * SHARE)
        burst = max(1.0, interval)
        with self._lock:
            now = self._clock()
            full_at = max(self._free_at.get((quota, key), now), now) + calls * interval
            self._free_at[quota, key] = full_at
        return max(0.0, full_at - now - burst)
