"""Alert policies about Hinomi itself. Cloud Monitoring sends the e-mail, so it arrives when Hinomi is down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.parts.functions import DIGEST_LABEL
from deploy.site import Site
from deploy.step import Step, later
from shared.texts import EMPTY, Text
from shared.texts.deploy import differences, resources

MINUTE = "60s"
EVALUATION = "300s"  # how often a PromQL condition is asked
POLICIES, CHANNELS = "alertPolicies", "notificationChannels"


def channel(site: Site) -> Iterator[Step]:
    """The e-mail channel."""
    address = site.target.alert_email
    if not address:
        return
    there = _channel(site)
    what = resources.CHANNEL_TO(address=address)
    if there is None:
        about = (f"--display-name={site.plan['alerts']['channel']}", f"--user-labels={'='.join(site.label)}")
        options = ("--type=email", f"--channel-labels=email_address={address}", *about)
        yield Step(what, differences.MISSING, ("beta", "monitoring", "channels", "create", site.in_project, *options))
    elif there.get("labels", {}).get("email_address") != address:
        label = f"--update-channel-labels=email_address={address}"
        argv = ("beta", "monitoring", "channels", "update", there["name"], label)
        actual = str(there.get("labels", {}).get("email_address"))
        yield Step(what, differences.GOES_TO(address=actual), argv)
    if there is not None and there.get("enabled") is False:
        argv = ("beta", "monitoring", "channels", "update", there["name"], "--enabled")
        yield Step(what, differences.DISABLED, argv)
    for item in _ours(site, CHANNELS)[1:]:
        yield _deletion(resources.CHANNEL, differences.DUPLICATE, "beta", "channels", item)


def steps(site: Site) -> Iterator[Step]:
    """Creates and corrects the policies. A lost answer leaves two of a kind: the older one stays."""
    there: dict[str, dict[str, Any]] = {}
    for item in _ours(site, POLICIES):
        if there.setdefault(str(item.get("displayName")), item) is not item:
            yield _deletion(_name(item), differences.DUPLICATE, "alpha", "policies", item)
    for spec in site.plan["alerts"]["policies"]:
        if "function" in spec and site.function(spec["function"]) is None:
            continue
        text, digest = _policy(site, spec)
        found = there.get(spec["name"])
        if found is None:
            argv = ("alpha", "monitoring", "policies", "create", site.in_project, f"--policy={text}")
            yield Step(resources.ALERT(name=spec["name"]), differences.MISSING, argv)
            continue
        problem = EMPTY if found.get("enabled", True) else differences.DISABLED
        if found.get("userLabels", {}).get(DIGEST_LABEL) != digest or not holds(_compared(json.loads(text)), found):
            problem = problem or differences.NOT_AS_PLANNED
        if problem:
            argv = ("alpha", "monitoring", "policies", "update", found["name"], f"--policy={text}")
            yield Step(resources.ALERT(name=spec["name"]), problem, argv)


def removal(site: Site) -> Iterator[Step]:
    """Deletes the policies with our label."""
    for item in _ours(site, POLICIES):
        yield _deletion(_name(item), differences.OWNED, "alpha", "policies", item)


def remove_channel(site: Site) -> Iterator[Step]:
    """Deletes the channels with our label."""
    for item in _ours(site, CHANNELS):
        yield _deletion(resources.CHANNEL, differences.OWNED, "beta", "channels", item)


def _policy(site: Site, spec: Mapping[str, Any]) -> tuple[str, str]:
    """The policy as the API takes it, and the digest of what is in it."""
    there = _channel(site)
    wanted = [later("the e-mail channel")] if site.target.alert_email else []
    names = [there["name"]] if there else wanted
    key, value = site.label
    made: dict[str, Any] = {
        "displayName": spec["name"],
        "combiner": "OR",
        "enabled": True,
        "conditions": [{"displayName": spec["name"], **condition(spec)}],
        "notificationChannels": names,
        "documentation": {"content": spec["help"], "mimeType": "text/markdown"},
    }
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:32]
    made["userLabels"] = {key: value, DIGEST_LABEL: digest}
    return json.dumps(made), digest


def _compared(policy: dict[str, Any]) -> dict[str, Any]:
    """The fields that decide when a policy alerts, and whom; the digest in the label covers the rest."""
    return {key: policy[key] for key in ("combiner", "conditions", "notificationChannels")}


def holds(wanted: Any, there: Any) -> bool:
    """Whether a resource says all that is wanted. Google adds names and defaults, and leaves out what is nothing."""
    if isinstance(wanted, dict):
        return all(holds(value, (there or {}).get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        there = there or []
        return len(wanted) == len(there) and all(map(holds, wanted, there))
    return bool(wanted == there or (there is None and wanted in (0, "0s", False, "")))


def condition(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The condition of an alert of the plan, as the API takes it."""
    duration = f"{spec['for_seconds']}s"
    if "promql" in spec:
        query = {"query": spec["promql"], "duration": duration, "evaluationInterval": EVALUATION}
        # The metric is not known to Cloud Monitoring before the first request.
        return {"conditionPrometheusQueryLanguage": {**query, "disableMetricValidation": True}}
    aggregation = {"alignmentPeriod": MINUTE, "perSeriesAligner": spec["aligner"], "crossSeriesReducer": "REDUCE_SUM"}
    common = {"filter": spec["filter"], "aggregations": [aggregation], "trigger": {"count": 1}}
    limit = {"comparison": "COMPARISON_GT", "thresholdValue": spec["above"], "duration": duration}
    return {"conditionThreshold": {**common, **limit}}


def _ours(site: Site, kind: str) -> list[dict[str, Any]]:
    """What carries our label, the oldest first: names are given by Google, so one thing may be there twice."""
    path = f"v3/projects/{site.target.project}/{kind}?pageSize=200"
    found = [item for item in site.cloud.items("monitoring", path, kind) if site.is_ours(item, "userLabels")]
    return sorted(found, key=lambda item: (item.get("creationRecord", {}).get("mutateTime", ""), item["name"]))


def _channel(site: Site) -> dict[str, Any] | None:
    return next(iter(_ours(site, CHANNELS)), None)


def _name(policy: Mapping[str, Any]) -> Text:
    return resources.ALERT(name=str(policy.get("displayName")))


def _deletion(what: Text, problem: Text, track: str, group: str, item: Mapping[str, Any]) -> Step:
    return Step(what, problem, (track, "monitoring", group, "delete", item["name"], "--quiet"))
