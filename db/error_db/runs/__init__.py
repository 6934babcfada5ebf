"""Action runs: planned, claimed by one worker at a time, and finished.

Every function works in the caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.lazy import names

if TYPE_CHECKING:
    from db.error_db.runs.approval import approve, ask_approval, deny
    from db.error_db.runs.claims import (
        Actions,
        Moment,
        claim,
        claim_values,
        due,
        hand_over,
        is_free,
        is_running,
        left_to_workers,
        same_notification,
    )
    from db.error_db.runs.past import (
        actions_since,
        count_done,
        count_outcomes,
        count_since,
        last_done,
        last_run_at,
        latest,
        latest_started,
        of_incident,
        of_incidents,
        started_since,
        suppressed,
        unfinished,
    )
    from db.error_db.runs.planning import NewRun, add, exists
    from db.error_db.runs.results import (
        FinishedRun,
        RemediationRecord,
        begin,
        extend,
        fail,
        finish,
        note_undo,
        put_off,
        retry_later,
    )
    from db.error_db.runs.verification import claim_verification, record_verification, to_verify

_MODULES = {
    "approval": ("approve", "ask_approval", "deny"),
    "claims": (
        "Actions",
        "Moment",
        "claim",
        "claim_values",
        "due",
        "hand_over",
        "is_free",
        "is_running",
        "left_to_workers",
        "same_notification",
    ),
    "past": (
        "actions_since",
        "count_done",
        "count_outcomes",
        "count_since",
        "last_done",
        "last_run_at",
        "latest",
        "latest_started",
        "of_incident",
        "of_incidents",
        "started_since",
        "suppressed",
        "unfinished",
    ),
    "planning": ("NewRun", "add", "exists"),
    "results": (
        "FinishedRun",
        "RemediationRecord",
        "begin",
        "extend",
        "fail",
        "finish",
        "note_undo",
        "put_off",
        "retry_later",
    ),
    "verification": ("claim_verification", "record_verification", "to_verify"),
}

if not TYPE_CHECKING:
    __getattr__ = names.names_of(__name__, _MODULES)

__all__ = [
    "Actions",
    "FinishedRun",
    "Moment",
    "NewRun",
    "RemediationRecord",
    "actions_since",
    "add",
    "approve",
    "ask_approval",
    "begin",
    "claim",
    "claim_values",
    "claim_verification",
    "count_done",
    "count_outcomes",
    "count_since",
    "deny",
    "due",
    "exists",
    "extend",
    "fail",
    "finish",
    "hand_over",
    "is_free",
    "is_running",
    "last_done",
    "last_run_at",
    "latest",
    "latest_started",
    "left_to_workers",
    "note_undo",
    "of_incident",
    "of_incidents",
    "put_off",
    "record_verification",
    "retry_later",
    "same_notification",
    "started_since",
    "suppressed",
    "to_verify",
    "unfinished",
]
