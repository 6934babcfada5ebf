"""Service accounts and their keys, with their age and last use.

Formats: docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts and its keys; last use:
docs.cloud.google.com/policy-intelligence/docs/activity-analyzer-service-account-authentication.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.rest import RestError, get, pages
from shared.calendar.timestamps import time_of
from shared.history import KeyRow, Row, ServiceAccountRow
from shared.identity.iam_names import address_name

ACCOUNTS, KEYS = "serviceAccountLastAuthentication", "serviceAccountKeyLastAuthentication"
NO_ANSWER = (400, 403, 404)  # the API is disabled or permission is missing: the last use is unknown


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """One batch for each page of accounts."""
    token = str((context.checkpoint or {}).get("token", ""))
    accounts, keys = last_uses(context, ACCOUNTS), last_uses(context, KEYS)
    url = f"{context.clients.iam_url}/v1/{context.scope}/serviceAccounts"
    for page, following in pages(context, url, {"pageSize": 100}, quota="iam.read", token=token):
        rows: list[Row] = []
        for account in page.get("accounts", []):
            rows.append(_account(context, account, accounts))
            rows += _keys(context, account, keys)
        yield Batch(rows, {"token": following} if following else None)


def last_uses(context: SnapshotContext, kind: str) -> dict[str, datetime]:
    """The time of the last authentication, by e-mail address or key id. Empty without permission."""
    url = f"{context.clients.policyanalyzer_url}/v1/{context.scope}/locations/global/activityTypes/{kind}/activities:query"
    times: dict[str, datetime] = {}
    try:
        for page, _ in pages(context, url, {"pageSize": 1000}):
            for activity in page.get("activities", []):
                time = time_of((activity.get("activity") or {}).get("lastAuthenticatedTime"))
                if time:
                    times[str(activity.get("fullResourceName", "")).rpartition("/")[2]] = time
    except RestError as error:
        if error.code not in NO_ANSWER:
            raise
    return times


def _account(context: SnapshotContext, account: dict[str, Any], uses: dict[str, datetime]) -> ServiceAccountRow:
    email = address_name(str(account["email"]))
    return ServiceAccountRow(
        email=email,
        project=str(account.get("projectId", context.scope.removeprefix("projects/"))),
        seen_at=context.now,
        display_name=str(account.get("displayName", "")),
        disabled=bool(account.get("disabled", False)),
        last_used_at=uses.get(str(account.get("uniqueId", ""))) or uses.get(email),
    )


def _keys(context: SnapshotContext, account: dict[str, Any], uses: dict[str, datetime]) -> Iterator[KeyRow]:
    url = f"{context.clients.iam_url}/v1/{account['name']}/keys"
    answer = get(context, context.clients.http(), url, {"keyTypes": "USER_MANAGED"}, "iam.read")
    for key in answer.get("keys", []):
        created = time_of(key.get("validAfterTime"))
        if created is None:
            continue
        yield KeyRow(
            name=str(key["name"]),
            email=address_name(str(account["email"])),
            created_at=created,
            seen_at=context.now,
            expires_at=time_of(key.get("validBeforeTime")),
            disabled=bool(key.get("disabled", False)),
            last_used_at=uses.get(str(key["name"]).rpartition("/")[2]),
        )
