"""Alert policies about Hinomi itself, and the channels of Cloud Monitoring.

Cloud Monitoring sends the e-mail, so it arrives even when Hinomi is down. The other channel notifies Hinomi.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.parts.functions import DIGEST_LABEL
from deploy.site import Site
from deploy.step import Step, later
from shared.texts import EMPTY, Text
from shared.texts.deploy import differences, placeholders, purposes, resources

MINUTE, HOUR = "60s", "3600s"
EVALUATION = "300s"  # the interval of a PromQL condition
POLICIES, CHANNELS = "alertPolicies", "notificationChannels"
EMAIL, PUBSUB = "email", "pubsub"


def channel(site: Site) -> Iterator[Step]:
    """The e-mail channel."""
    address = site.target.alert_email
    if not address:
        return
    current = _channel(site)
    what = resources.CHANNEL_TO(address=address)
    if current is None:
        about = (f"--display-name={site.plan['alerts']['channel']}", f"--user-labels={'='.join(site.label)}")
        options = ("--type=email", f"--channel-labels=email_address={address}", *about)
        yield Step(what, differences.MISSING, ("beta", "monitoring", "channels", "create", site.in_project, *options))
    elif current.get("labels", {}).get("email_address") != address:
        label = f"--update-channel-labels=email_address={address}"
        argv = ("beta", "monitoring", "channels", "update", current["name"], label)
        actual = str(current.get("labels", {}).get("email_address"))
        yield Step(what, differences.GOES_TO(address=actual), argv)
    if current is not None and current.get("enabled") is False:
        argv = ("beta", "monitoring", "channels", "update", current["name"], "--enabled")
        yield Step(what, differences.DISABLED, argv)
    for item in _of_type(site, EMAIL)[1:]:
        yield _deletion(resources.CHANNEL, differences.DUPLICATE, "beta", "channels", item)


def notifications(site: Site) -> Iterator[Step]:
    """The channel by which alert policies notify Hinomi."""
    spec = site.plan["notifications"]
    managed = _of_type(site, PUBSUB)
    if not managed:
        options = (
            f"--display-name={spec['channel']}",
            f"--user-labels={'='.join(site.label)}",
            f"--channel-labels={_topic_label(site)}",
        )
        argv = ("beta", "monitoring", "channels", "create", site.in_project, "--type=pubsub", *options)
        what = resources.NOTIFICATION_CHANNEL(name=spec["channel"])
        yield Step(what, differences.MISSING, argv, purposes.NOTIFICATIONS)
    for item in managed[1:]:
        yield _deletion(resources.NOTIFICATIONS, differences.DUPLICATE, "beta", "channels", item)


def redirections(site: Site) -> Iterator[Step]:
    """Changes channels that use another topic, including channels of others.

    Runs only after the subscription of the new topic exists, because a topic without a subscription drops its messages.
    """
    spec, label = site.plan["notifications"], _topic_label(site)
    managed = _of_type(site, PUBSUB)
    others = {_topic(site, name) for name in site.topics if name != spec["topic"]}
    path = f"v3/projects/{site.target.project}/{CHANNELS}?pageSize=200"
    for item in [*managed[:1], *site.cloud.items("monitoring", path, CHANNELS)]:
        if item.get("type") == PUBSUB and (item in managed[:1] or item.get("labels", {}).get("topic") in others):
            yield from _redirected(item, label)


def steps(site: Site) -> Iterator[Step]:
    """Creates and corrects the policies. After a lost response two policies of a kind may exist; the older one is kept."""
    current: dict[str, dict[str, Any]] = {}
    for item in _managed(site, POLICIES):
        if current.setdefault(str(item.get("displayName")), item) is not item:
            yield _deletion(_name(item), differences.DUPLICATE, "alpha", "policies", item)
    for spec in site.plan["alerts"]["policies"]:
        if "function" in spec and site.function(spec["function"]) is None:
            continue
        text, digest = _policy(site, spec)
        policy = current.get(spec["name"])
        if policy is None:
            argv = ("alpha", "monitoring", "policies", "create", site.in_project, f"--policy={text}")
            yield Step(resources.ALERT(name=spec["name"]), differences.MISSING, argv)
            continue
        problem = EMPTY if policy.get("enabled", True) else differences.DISABLED
        if policy.get("userLabels", {}).get(DIGEST_LABEL) != digest or not holds(_compared(json.loads(text)), policy):
            problem = problem or differences.NOT_AS_PLANNED
        if problem:
            argv = ("alpha", "monitoring", "policies", "update", policy["name"], f"--policy={text}")
            yield Step(resources.ALERT(name=spec["name"]), problem, argv)


def removal(site: Site) -> Iterator[Step]:
    """Deletes the policies with Hinomi's label."""
    for item in _managed(site, POLICIES):
        yield _deletion(_name(item), differences.OWNED, "alpha", "policies", item)


def remove_channel(site: Site) -> Iterator[Step]:
    """Deletes the channels with Hinomi's label; the channel for notifications even if an alert policy uses it."""
    for item in _of_type(site, EMAIL):
        yield _deletion(resources.CHANNEL, differences.OWNED, "beta", "channels", item)
    for item in _of_type(site, PUBSUB):
        yield _deletion(resources.NOTIFICATIONS, differences.OWNED, "beta", "channels", item, "--force")


def _policy(site: Site, spec: Mapping[str, Any]) -> tuple[str, str]:
    """The policy in the form of the API, and the digest of its content."""
    current = _channel(site)
    planned = [later(placeholders.EMAIL_CHANNEL)] if site.target.alert_email else []
    names = [current["name"]] if current else planned
    key, value = site.label
    made: dict[str, Any] = {
        "displayName": spec["name"],
        "combiner": "OR",
        "enabled": True,
        "conditions": [{"displayName": spec["name"], **condition(spec)}],
        "notificationChannels": names,
        "documentation": {"content": spec["help"], "mimeType": "text/markdown"},
        **strategy(spec),
    }
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:32]
    made["userLabels"] = {key: value, DIGEST_LABEL: digest}
    return json.dumps(made), digest


def _compared(policy: dict[str, Any]) -> dict[str, Any]:
    """The fields that decide when a policy alerts, and whom; the digest in the label covers the rest."""
    fields = "combiner", "conditions", "notificationChannels", "alertStrategy"
    return {key: policy[key] for key in fields if key in policy}


def holds(planned: Any, current: Any) -> bool:
    """Whether a resource has all planned values. Google adds names and defaults, and omits empty values."""
    if isinstance(planned, dict):
        return all(holds(value, (current or {}).get(key)) for key, value in planned.items())
    if isinstance(planned, list):
        current = current or []
        return len(planned) == len(current) and all(map(holds, planned, current))
    return bool(planned == current or (current is None and planned in (0, "0s", False, "")))


def strategy(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The strategy of a condition on log lines: at most one e-mail per hour, closed after an hour without a line."""
    if "log" not in spec:
        return {}
    return {"alertStrategy": {"notificationRateLimit": {"period": HOUR}, "autoClose": HOUR}}


def condition(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The condition of an alert of the plan, in the format of the API."""
    if "log" in spec:
        return {"conditionMatchedLog": {"filter": spec["log"]}}
    duration = f"{spec['for_seconds']}s"
    if "promql" in spec:
        query = {"query": spec["promql"], "duration": duration, "evaluationInterval": EVALUATION}
        # Cloud Monitoring does not know the metric before the first request.
        return {"conditionPrometheusQueryLanguage": {**query, "disableMetricValidation": True}}
    reducer = spec.get("reducer", "REDUCE_SUM")
    aggregation = {"alignmentPeriod": MINUTE, "perSeriesAligner": spec["aligner"], "crossSeriesReducer": reducer}
    common = {"filter": spec["filter"], "aggregations": [aggregation], "trigger": {"count": 1}}
    limit = {"comparison": "COMPARISON_GT", "thresholdValue": spec["above"], "duration": duration}
    return {"conditionThreshold": {**common, **limit}}


def _managed(site: Site, kind: str) -> list[dict[str, Any]]:
    """Resources with Hinomi's label, oldest first: Google generates their names, so duplicates are possible."""
    path = f"v3/projects/{site.target.project}/{kind}?pageSize=200"
    managed = [item for item in site.cloud.items("monitoring", path, kind) if site.is_managed(item, "userLabels")]
    return sorted(managed, key=lambda item: (item.get("creationRecord", {}).get("mutateTime", ""), item["name"]))


def _channel(site: Site) -> dict[str, Any] | None:
    return next(iter(_of_type(site, EMAIL)), None)


def _of_type(site: Site, kind: str) -> list[dict[str, Any]]:
    """Hinomi's channels of one type, oldest first."""
    return [item for item in _managed(site, CHANNELS) if item.get("type", EMAIL) == kind]


def _redirected(item: Mapping[str, Any], label: str) -> Iterator[Step]:
    """Changes a channel to the topic that accepts notifications."""
    planned, current = label.partition("=")[2], str(item.get("labels", {}).get("topic"))
    if current != planned:
        what = resources.NOTIFICATION_CHANNEL(name=item.get("displayName", item["name"]))
        problem = differences.WRONG_TOPIC(topic=current.rpartition("/")[2])
        update = ("beta", "monitoring", "channels", "update", item["name"])
        yield Step(what, problem, (*update, f"--update-channel-labels={label}"))


def _topic_label(site: Site) -> str:
    """The label of a channel with the topic that accepts notifications."""
    return f"topic={_topic(site, site.plan['notifications']['topic'])}"


def _topic(site: Site, name: str) -> str:
    return f"projects/{site.target.project}/topics/{name}"


def _name(policy: Mapping[str, Any]) -> Text:
    return resources.ALERT(name=str(policy.get("displayName")))


def _deletion(what: Text, problem: Text, track: str, group: str, item: Mapping[str, Any], *options: str) -> Step:
    return Step(what, problem, (track, "monitoring", group, "delete", item["name"], "--quiet", *options))
