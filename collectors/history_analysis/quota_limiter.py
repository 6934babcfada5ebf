"""Keeps our calls under Google's quotas: a bucket of tokens for each quota, or for each project that pays for it.

Which project pays: docs.cloud.google.com/docs/quotas/quota-project. Most APIs are paid for by the caller's project,
however many projects it reads; where no page says which, we keep to that. The quotas of an organization (Cloud Asset
Inventory: 3,000 searches a minute) are far above what one caller's project is given.

Another function that runs at the same time has buckets of its own, so each takes a part of the quota only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

SECONDS = 60.0
# What we take of a quota: the platform's own jobs need the rest.
SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls in a minute, and where that number comes from. `per_key`: each of those that are read has its own."""

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
    """Token buckets. Safe for threads; the clock (seconds, never going back) and the sleep are passed in."""

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
        """Waits until `calls` more calls of `quota` are allowed for `key`, or for us where all share the quota.

        Raises KeyError for an unknown quota.
        """
        wait = self._reserve(quota, key if self._quotas[quota].per_key else "", calls)
        if wait > 0:
            self._sleep(wait)

    def _reserve(self, quota: str, key: str, calls: int) -> float:
        """Seconds to wait. A bucket holds a second's calls: `free_at` is when it would be full again."""
        interval = SECONDS / (self._quotas[quota].per_minute * SHARE)
        burst = max(1.0, interval)
        with self._lock:
            now = self._clock()
            full_at = max(self._free_at.get((quota, key), now), now) + calls * interval
            self._free_at[quota, key] = full_at
        return max(0.0, full_at - now - burst)
