"""Audit log entries about organization policies with lists of values."""

from __future__ import annotations

from typing import Any

from demo.entries import Entry
from tests.support.audited import org_policy


def allowing(minute: float, *values: str, **more: Any) -> Entry:
    """An update of a policy that allows only these values."""
    return org_policy(minute, "UpdatePolicy", {"values": {"allowedValues": list(values)}, **more})


def dry(entry: Entry) -> Entry:
    """Turns the policy of the entry into a dry run, which is not enforced."""
    policy = entry["protoPayload"]["request"]["policy"]
    policy["dryRunSpec"] = policy.pop("spec")
    return entry


def denying(minute: float, *values: str) -> Entry:
    """An update of a policy that denies only these values."""
    return org_policy(minute, "UpdatePolicy", {"values": {"deniedValues": list(values)}})


def listing(minute: float, **lists: Any) -> Entry:
    """A change of a list policy through the older API (SetOrgPolicy)."""
    entry = org_policy(minute, "x")
    entry["protoPayload"] |= {
        "serviceName": "cloudresourcemanager.googleapis.com",
        "methodName": "SetOrgPolicy",
        "request": {"policy": {"constraint": "constraints/iam.disableServiceAccountKeyCreation", "listPolicy": lists}},
    }
    return entry
