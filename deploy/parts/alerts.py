"""Alert policies that watch Hinomi itself, told by e-mail: Cloud Monitoring sends it, so it comes when Hinomi is down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.parts.code import DIGEST_LABEL
from deploy.site import Site
from deploy.step import Step, later

MINUTE = "60s"


def channel(site: Site) -> Iterator[Step]:
    """The e-mail channel."""
    address = site.target.alert_email
    if not address:
        return
    there = _channel(site)
    what = f"e-mail channel to {address}"
    if there is None:
        about = (f"--display-name={site.plan['alerts']['channel']}", f"--user-labels={'='.join(site.label)}")
        options = ("--type=email", f"--channel-labels=email_address={address}", *about)
        yield Step(what, "missing", ("beta", "monitoring", "channels", "create", site.in_project, *options))
    elif there.get("labels", {}).get("email_address") != address:
        argv = (
            "beta",
            "monitoring",
            "channels",
            "update",
            there["name"],
            f"--update-channel-labels=email_address={address}",
        )
        yield Step(what, f"goes to {there.get('labels', {}).get('email_address')}", argv)


def steps(site: Site) -> Iterator[Step]:
    """Creates and corrects the policies."""
    there = {item.get("displayName"): item for item in _ours(site)}
    for spec in site.plan["alerts"]["policies"]:
        if "function" in spec and site.function(spec["function"]) is None:
            continue
        text, digest = _policy(site, spec)
        found = there.get(spec["name"])
        if found is None:
            argv = ("alpha", "monitoring", "policies", "create", site.in_project, f"--policy={text}")
            yield Step(f"alert '{spec['name']}'", "missing", argv)
        elif found.get("userLabels", {}).get(DIGEST_LABEL) != digest or not found.get("enabled", True):
            problem = "is not as in the plan" if found.get("enabled", True) else "is switched off"
            argv = ("alpha", "monitoring", "policies", "update", found["name"], f"--policy={text}")
            yield Step(f"alert '{spec['name']}'", problem, argv)


def removal(site: Site) -> Iterator[Step]:
    """Deletes the policies with our label."""
    for item in _ours(site):
        argv = ("alpha", "monitoring", "policies", "delete", item["name"], "--quiet")
        yield Step(f"alert '{item.get('displayName')}'", "is ours", argv)


def remove_channel(site: Site) -> Iterator[Step]:
    """Deletes the channel with our label."""
    there = _channel(site)
    if there is not None:
        argv = ("beta", "monitoring", "channels", "delete", there["name"], "--quiet")
        yield Step("e-mail channel", "is ours", argv)


def _policy(site: Site, spec: Mapping[str, Any]) -> tuple[str, str]:
    """The policy as the API takes it, and the digest of what is in it."""
    there = _channel(site)
    wanted = [later("the e-mail channel")] if site.target.alert_email else []
    names = [there["name"]] if there else wanted
    condition = {"displayName": spec["name"], **_condition(spec)}
    key, value = site.label
    made: dict[str, Any] = {
        "displayName": spec["name"],
        "combiner": "OR",
        "enabled": True,
        "conditions": [condition],
        "notificationChannels": names,
        "documentation": {"content": spec["help"], "mimeType": "text/markdown"},
    }
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:32]
    made["userLabels"] = {key: value, DIGEST_LABEL: digest}
    return json.dumps(made), digest


def _condition(spec: Mapping[str, Any]) -> dict[str, Any]:
    aggregation = {"alignmentPeriod": MINUTE, "perSeriesAligner": spec["aligner"], "crossSeriesReducer": "REDUCE_SUM"}
    common = {"filter": spec["filter"], "aggregations": [aggregation], "trigger": {"count": 1}}
    if "absent_seconds" in spec:
        return {"conditionAbsent": {**common, "duration": f"{spec['absent_seconds']}s"}}
    limit = {"comparison": "COMPARISON_GT", "thresholdValue": spec["above"], "duration": f"{spec['for_seconds']}s"}
    return {"conditionThreshold": {**common, **limit}}


def _ours(site: Site) -> list[dict[str, Any]]:
    path = f"v3/projects/{site.target.project}/alertPolicies?pageSize=200"
    return [item for item in site.cloud.items("monitoring", path, "alertPolicies") if site.is_ours(item, "userLabels")]


def _channel(site: Site) -> dict[str, Any] | None:
    path = f"v3/projects/{site.target.project}/notificationChannels?pageSize=200"
    found = site.cloud.items("monitoring", path, "notificationChannels")
    return next((item for item in found if site.is_ours(item, "userLabels")), None)
