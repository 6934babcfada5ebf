"""Audit log entries about organization policies with lists of values."""

from __future__ import annotations

from typing import Any

from demo.entries import Entry
from tests.support.audited import org_policy


def allowing(minute: float, *values: str, **more: Any) -> Entry:
    """A policy that allows these values alone."""
    return org_policy(minute, "UpdatePolicy", {"values": {"allowedValues": list(values)}, **more})


def dry(entry: Entry) -> Entry:
    """The policy as a dry run, which is not enforced."""
    policy = entry["protoPayload"]["request"]["policy"]
    policy["dryRunSpec"] = policy.pop("spec")
    return entry


def denying(minute: float, *values: str) -> Entry:
    """A policy that denies these values alone."""
    return org_policy(minute, "UpdatePolicy", {"values": {"deniedValues": list(values)}})


def listing(minute: float, **lists: Any) -> Entry:
    """A call of the older API."""
    entry = org_policy(minute, "x")
    entry["protoPayload"] |= {
        "serviceName": "cloudresourcemanager.googleapis.com",
        "methodName": "SetOrgPolicy",
        "request": {"policy": {"constraint": "constraints/iam.disableServiceAccountKeyCreation", "listPolicy": lists}},
    }
    return entry
