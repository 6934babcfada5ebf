"""The rules about jobs that are late, and the fingerprints of their incidents."""

from __future__ import annotations

from shared.identity.fingerprint import fingerprint

LATE, MANY_LATE = LATE_RULES = ("jobs/run_late", "jobs/many_late")


def late_key(service: str, project: str, job: str) -> str:
    """The fingerprint of a late job, named as in the history of jobs."""
    return fingerprint(LATE, service, project, job)
