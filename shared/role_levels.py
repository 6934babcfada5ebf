"""What roles let do with data, in three levels.

Sources: docs.cloud.google.com/iam/docs/roles-permissions/{bigquery,storage,pubsub,composer,aiplatform,dataflow} and
docs.cloud.google.com/iam/docs/roles-overview (basic roles).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase


class Level(StrEnum):
    """Read data, also change it, also decide about it. Each one includes those before."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


# Roles that are no more than a level.
READS = (
    "roles/viewer", "roles/browser", "roles/*.viewer", "roles/*Viewer", "roles/*Reader", "roles/pubsub.subscriber",
    "roles/bigquery.jobUser", "roles/bigquery.user", "roles/bigquery.readSessionUser",
    "roles/serviceusage.serviceUsageConsumer", "roles/composer.user", "roles/dataproc.viewer",
)  # fmt: skip
WRITES = (
    "roles/editor", "roles/*.editor", "roles/*Editor", "roles/*Writer", "roles/storage.objectCreator",
    "roles/storage.objectUser", "roles/storage.objectAdmin", "roles/pubsub.publisher", "roles/dataflow.developer",
    "roles/dataflow.worker", "roles/aiplatform.user", "roles/composer.worker", "roles/storage.folderAdmin",
)  # fmt: skip
# Roles that let do a level's work with the data of a service.
ENABLE = {
    ("bigquery", Level.READ): ("roles/bigquery.dataViewer", "roles/viewer"),
    ("bigquery", Level.WRITE): ("roles/bigquery.dataEditor", "roles/editor"),
    ("bigquery", Level.ADMIN): ("roles/bigquery.dataOwner", "roles/bigquery.admin", "roles/owner"),
    ("storage", Level.READ): ("roles/storage.objectViewer", "roles/storage.legacyObjectReader", "roles/viewer"),
    ("storage", Level.WRITE): (
        "roles/storage.objectUser", "roles/storage.objectAdmin", "roles/storage.legacyBucketWriter", "roles/editor",
    ),
    ("storage", Level.ADMIN): ("roles/storage.admin", "roles/storage.legacyBucketOwner", "roles/owner"),
    ("pubsub", Level.READ): ("roles/pubsub.subscriber", "roles/pubsub.viewer", "roles/viewer"),
    ("pubsub", Level.WRITE): ("roles/pubsub.publisher", "roles/pubsub.editor", "roles/editor"),
    ("pubsub", Level.ADMIN): ("roles/pubsub.admin", "roles/owner"),
}  # fmt: skip
ORDER = tuple(Level)


def level_of(role: str) -> Level:
    """The level that a role needs; one that is not known decides about everything."""
    if _fits(role, READS):
        return Level.READ
    return Level.WRITE if _fits(role, WRITES) else Level.ADMIN


def covers(allowed: Level, role: str) -> bool:
    """Whether a role stays within a level."""
    return ORDER.index(level_of(role)) <= ORDER.index(allowed)


def enables(role: str, level: Level, service: str) -> bool:
    """Whether a role lets do a level's work with the data of a service (bigquery, storage or pubsub)."""
    return any(role in ENABLE.get((service, higher), ()) for higher in ORDER[ORDER.index(level) :])


def _fits(role: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(role, pattern) for pattern in patterns)
