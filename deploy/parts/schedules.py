"""Cloud Scheduler jobs: ticks go to the topic of ticks, snapshot jobs call their function."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.parts.functions import url_of
from deploy.parts.setting_differences import differing
from deploy.site import Site
from deploy.step import Step
from shared.texts import Text, joined
from shared.texts.deploy import differences, resources

ZONE = "Etc/UTC"
DEADLINE = "1800s"  # seconds of a call: the maximum of Cloud Scheduler


def steps(site: Site) -> Iterator[Step]:
    """Creates and corrects the jobs of this version."""
    for name, spec in site.plan["schedules"].items():
        if "function" in spec and site.function(spec["function"]) is None:
            continue
        current = _job(site, name)
        if current and current.get("state") == "DISABLED":
            # Cloud Scheduler disabled it for good: neither `resume` nor `update` enables it.
            yield _deletion(site, name, differences.GIVEN_UP)
            current = None
        wrong = _differences(site, spec, current) if current else [differences.MISSING]
        if wrong:
            verb = "update" if current else "create"
            argv = (verb, *_target(site, name, spec), f"--description={site.plan['mark']}")
            yield Step(resources.SCHEDULE(name=name), joined(wrong, differences.AND), ("scheduler", "jobs", *argv))
        if current and current.get("state") == "PAUSED":
            resumed = ("scheduler", "jobs", "resume", name, site.in_project, f"--location={site.target.region}")
            yield Step(resources.SCHEDULE(name=name), differences.PAUSED, resumed)


def removal(site: Site) -> Iterator[Step]:
    """Deletes the jobs that are marked as managed."""
    for name in site.plan["schedules"]:
        if site.is_marked(_job(site, name)):
            yield _deletion(site, name, differences.OWNED)


def _deletion(site: Site, name: str, problem: Text) -> Step:
    argv = ("scheduler", "jobs", "delete", name, site.in_project, f"--location={site.target.region}", "--quiet")
    return Step(resources.SCHEDULE(name=name), problem, argv)


def _job(site: Site, name: str) -> dict[str, Any] | None:
    path = f"v1/projects/{site.target.project}/locations/{site.target.region}/jobs/{name}"
    return site.cloud.get("cloudscheduler", path)


def _target(site: Site, name: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
    where = (site.in_project, f"--location={site.target.region}", f"--schedule={spec['every']}", f"--time-zone={ZONE}")
    if "tick" in spec:
        return ("pubsub", name, *where, f"--topic={_topic(site, spec)}", f"--message-body={_body(spec)}")
    url = url_of(site, spec["function"])
    token = (f"--oidc-service-account-email={site.email(spec['account'])}", f"--oidc-token-audience={url}")
    return ("http", name, *where, f"--uri={url}", "--http-method=POST", *token, f"--attempt-deadline={DEADLINE}")


def _differences(site: Site, spec: Mapping[str, Any], current: Mapping[str, Any]) -> list[Text]:
    pairs = [("schedule", current.get("schedule"), spec["every"]), ("time zone", current.get("timeZone"), ZONE)]
    if current.get("state") == "UPDATE_FAILED":
        pairs.append(("state", "UPDATE_FAILED", "ENABLED"))
    if "tick" in spec:
        target = current.get("pubsubTarget", {})
        body = base64.b64decode(target.get("data", "")).decode("utf-8", "replace")
        pairs += [("topic", target.get("topicName"), _topic(site, spec)), ("message", body, _body(spec))]
    else:
        target = current.get("httpTarget", {})
        token = target.get("oidcToken", {})
        url = url_of(site, spec["function"])
        pairs += [
            ("target", str(target.get("uri", "")).rstrip("/"), url.rstrip("/")),
            ("account", token.get("serviceAccountEmail"), site.email(spec["account"])),
            ("audience", token.get("audience"), url),
            ("method", target.get("httpMethod"), "POST"),
            ("deadline of a call", current.get("attemptDeadline"), DEADLINE),
        ]
    return differing(pairs)


def _topic(site: Site, spec: Mapping[str, Any]) -> str:
    return f"projects/{site.target.project}/topics/{spec['topic']}"


def _body(spec: Mapping[str, Any]) -> str:
    return json.dumps({"tick": spec["tick"]})
