"""Topics and subscriptions.

Push subscriptions are Hinomi's own, because the subscription of a trigger has no dead-letter topic, keeps messages for
only a day, and loses its backlog when it is created again. Each kind of message has a subscription with a push account
and a path of its own, and each declared reporter has a topic, a subscription and a path of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from deploy.parts.functions import url_of
from deploy.parts.setting_differences import differing
from deploy.site import Site
from deploy.step import Step
from shared.texts import EMPTY, Text, joined
from shared.texts.deploy import differences, resources

DAY_SECONDS = 86400
DELETED_TOPIC = "_deleted-topic_"


def topics(site: Site) -> Iterator[Step]:
    """Creates missing topics, and removes settings of existing ones that reject or change messages."""
    for name, why in site.topics.items():
        current = _topic(site, name)
        if current is None:
            argv = ("pubsub", "topics", "create", name, site.in_project, site.label_argument)
            yield Step(resources.TOPIC(name=name), differences.MISSING, argv, why)
            continue
        for field, problem, clear in (
            ("schemaSettings", differences.SCHEMA, "--clear-schema-settings"),
            ("messageTransforms", differences.TRANSFORMS, "--clear-message-transforms"),
        ):
            if current.get(field):
                argv = ("pubsub", "topics", "update", name, site.in_project, clear)
                yield Step(resources.TOPIC(name=name), problem, argv, why)
    yield from _last_day(site)


def _last_day(site: Site) -> Iterator[Step]:
    """Writes the last day of the shared topic of reporters into its label."""
    shared, last = site.plan["reports"]["shared"], site.shared_reports_until
    current = _topic(site, shared["topic"]) if last else None
    if last and current and current["labels"].get(shared["label"]) != last.isoformat():
        label = f"--update-labels={shared['label']}={last.isoformat()}"
        argv = ("pubsub", "topics", "update", shared["topic"], site.in_project, label)
        problem = differences.NO_LAST_DAY(until=last.isoformat())
        yield Step(resources.TOPIC(name=shared["topic"]), problem, argv)


def remove_topics(site: Site) -> Iterator[Step]:
    """Deletes the topics with Hinomi's label."""
    for name in site.plan["topics"]:
        if site.is_managed(_topic(site, name)):
            yield _deletion(site, "topics", name, differences.OWNED)
    for name in [*_of_reporters(site, "topics"), *_of_workers(site, "topics")]:
        yield _deletion(site, "topics", name, differences.OWNED)


def undeclared(site: Site) -> Iterator[Step]:
    """Deletes subscriptions and topics of undeclared reporters and workers, and the shared topic after its last day."""
    for kind, needed in (("subscriptions", site.subscriptions), ("topics", site.topics)):
        for name in _of_reporters(site, kind):
            if name not in needed:
                is_shared = name == site.plan["reports"]["shared"]["topic"]
                problem = differences.SHARED_OVER if is_shared else differences.NOT_DECLARED
                yield _deletion(site, kind, name, problem)
        for name in _of_workers(site, kind):
            if name not in needed:
                yield _deletion(site, kind, name, differences.NO_WORKER)


def pull(site: Site) -> Iterator[Step]:
    """The subscriptions that a person pulls from."""
    return _subscriptions(site, push=False)


def push(site: Site) -> Iterator[Step]:
    """The subscriptions that call a function."""
    return _subscriptions(site, push=True)


def is_before_channels(site: Site) -> bool:
    """Whether the deployed version has one push subscription and one path for every kind of message."""
    matches = (
        (subscription(site, name) or {}).get("pushConfig", {}).get("pushEndpoint", "").rstrip("/")
        == url_of(site, spec["function"]).rstrip("/")
        for name, spec in site.subscriptions.items()
        if "function" in spec
    )
    return any(matches)


def channels(site: Site) -> Iterator[Step]:
    """On an upgrade, the missing push subscriptions: messages are moved while the old function still accepts them."""
    missing = [name for name in site.subscriptions if subscription(site, name) is None]
    return _subscriptions(site, push=True, names=missing)


def remove_subscriptions(site: Site) -> Iterator[Step]:
    """Deletes the subscriptions with Hinomi's label."""
    for name in site.plan["subscriptions"]:
        if site.is_managed(subscription(site, name)):
            yield _deletion(site, "subscriptions", name, differences.OWNED)
    for name in [*_of_reporters(site, "subscriptions"), *_of_workers(site, "subscriptions")]:
        yield _deletion(site, "subscriptions", name, differences.OWNED)


def subscription(site: Site, name: str) -> dict[str, Any] | None:
    """A subscription, as the API returns it."""
    return site.cloud.get("pubsub", f"v1/projects/{site.target.project}/subscriptions/{name}")


def _of_reporters(site: Site, kind: str) -> list[str]:
    """The existing topics or subscriptions for reports with Hinomi's label, by name."""
    return _managed(site, kind, re.escape(site.plan["reports"]["shared"]["topic"]) + r"(-.+)?")


def _of_workers(site: Site, kind: str) -> list[str]:
    """The existing topics or subscriptions of workers with Hinomi's label, by name."""
    prefixes = (re.escape(site.plan["workers"][each]["topic"].format(worker="")) for each in ("orders", "results"))
    return _managed(site, kind, f"(?:{'|'.join(prefixes)}).+")


def _managed(site: Site, kind: str, pattern: str) -> list[str]:
    """The existing topics or subscriptions with Hinomi's label whose name has this form, by name."""
    found = site.cloud.items("pubsub", f"v1/projects/{site.target.project}/{kind}?pageSize=1000", kind)
    names = (str(item["name"]).rpartition("/")[2] for item in found if site.is_managed(item))
    return sorted(name for name in names if re.fullmatch(pattern, name))


def _deletion(site: Site, kind: str, name: str, problem: Text) -> Step:
    resource = resources.TOPIC if kind == "topics" else resources.SUBSCRIPTION
    return Step(resource(name=name), problem, ("pubsub", kind, "delete", name, site.in_project))


def _topic(site: Site, name: str) -> dict[str, Any] | None:
    return site.cloud.get("pubsub", f"v1/projects/{site.target.project}/topics/{name}")


def _subscriptions(site: Site, *, push: bool, names: Collection[str] | None = None) -> Iterator[Step]:
    for name, spec in site.subscriptions.items():
        if ("function" in spec) is not push or (names is not None and name not in names):
            continue
        current = subscription(site, name)
        options = _options(site, spec)
        made = (f"--topic={spec['topic']}", "--expiration-period=never", site.label_argument, *options.values())
        creation = ("pubsub", "subscriptions", "create", name, site.in_project, *made)
        lost = _lost(site, spec, current) if current else differences.MISSING
        if current and lost:
            # A deleted topic cannot be attached again; its undelivered messages are already lost.
            argv = ("pubsub", "subscriptions", "delete", name, site.in_project)
            yield Step(resources.SUBSCRIPTION(name=name), lost, argv)
        if lost:
            yield Step(resources.SUBSCRIPTION(name=name), lost, creation)
            continue
        yield from _corrected(site, name, spec, current or {}, tuple(options.values()))


def _corrected(
    site: Site, name: str, spec: Mapping[str, Any], current: Mapping[str, Any], options: tuple[str, ...]
) -> Iterator[Step]:
    wrong = _differences(site, spec, current)
    cleared = []
    for has, problem, clear in (
        (current.get("messageTransforms"), differences.TRANSFORMS, "--clear-message-transforms"),
        (current.get("pushConfig", {}).get("noWrapper"), differences.NO_WRAPPER, "--clear-push-no-wrapper-config"),
    ):
        if has:
            wrong.append(problem)
            cleared.append(clear)
    if wrong:
        never = "--expiration-period=never"
        argv = ("pubsub", "subscriptions", "update", name, site.in_project, never, *cleared, *options)
        yield Step(resources.SUBSCRIPTION(name=name), joined(wrong, differences.AND), argv)
    taken = current.get("pushConfig", {}).get("pushEndpoint")
    if taken and "function" not in spec:
        argv = ("pubsub", "subscriptions", "modify-push-config", name, site.in_project, "--push-endpoint=")
        yield Step(resources.SUBSCRIPTION(name=name), differences.PUSHED_TO(url=taken), argv)


def _lost(site: Site, spec: Mapping[str, Any], current: Mapping[str, Any]) -> Text:
    """The reason why messages no longer arrive, empty if they arrive."""
    topic = f"projects/{site.target.project}/topics/{spec['topic']}"
    if current.get("detached"):
        return differences.DETACHED
    if current.get("topic") == DELETED_TOPIC:
        return differences.TOPIC_DELETED
    if current.get("filter"):  # cannot be changed (pubsub/docs/subscription-message-filter)
        return differences.FILTERED(filter=current["filter"])
    return differences.OTHER_TOPIC(topic=str(current.get("topic"))) if current.get("topic") != topic else EMPTY


def _options(site: Site, spec: Mapping[str, Any]) -> dict[str, str]:
    options = {
        "ack": f"--ack-deadline={spec['ack_seconds']}",
        "retention": f"--message-retention-duration={spec['retention_days']}d",
    }
    if spec.get("exactly_once"):  # an acknowledged order is not delivered to a second machine of the worker
        options["exactly_once"] = "--enable-exactly-once-delivery"
    if "function" in spec:
        url = url_of(site, spec["function"])
        shortest, longest = spec["backoff_seconds"]
        options |= {
            "endpoint": f"--push-endpoint={_endpoint(url, spec)}",
            "account": f"--push-auth-service-account={site.email(spec['account'])}",
            "audience": f"--push-auth-token-audience={url}",
            "shortest": f"--min-retry-delay={shortest}s",
            "longest": f"--max-retry-delay={longest}s",
            "dead": f"--dead-letter-topic={spec['dead_letter']}",
            "attempts": f"--max-delivery-attempts={spec['attempts']}",
        }
    return options


def _endpoint(url: str, spec: Mapping[str, Any]) -> str:
    return f"{url.rstrip('/')}{spec['path']}"


def _differences(site: Site, spec: Mapping[str, Any], current: Mapping[str, Any]) -> list[Text]:
    """The differences from the plan, as `name is X instead of Y`."""
    pairs: list[tuple[str, Any, Any]] = [
        ("acknowledgement deadline", current.get("ackDeadlineSeconds"), spec["ack_seconds"]),
        ("retention", current.get("messageRetentionDuration"), f"{spec['retention_days'] * DAY_SECONDS}s"),
        ("expiry", current.get("expirationPolicy", {}).get("ttl", "unset"), "unset"),
        ("state", current.get("state", "ACTIVE"), "ACTIVE"),
    ]
    if spec.get("exactly_once"):
        pairs.append(("exactly-once delivery", current.get("enableExactlyOnceDelivery", False), True))
    if "expirationPolicy" not in current:
        pairs.append(("expiry", differences.NEVER_USED, "never"))
    if "function" in spec:
        pairs += _push_differences(site, spec, current)
    return differing(pairs)


def _push_differences(site: Site, spec: Mapping[str, Any], current: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    url = url_of(site, spec["function"])
    config = current.get("pushConfig", {})
    token = config.get("oidcToken", {})
    retry = current.get("retryPolicy", {})
    dead = current.get("deadLetterPolicy", {})
    shortest, longest = spec["backoff_seconds"]
    return [
        ("endpoint", config.get("pushEndpoint"), _endpoint(url, spec)),
        ("account", token.get("serviceAccountEmail"), site.email(spec["account"])),
        ("audience", token.get("audience"), url),
        ("shortest wait", retry.get("minimumBackoff"), f"{shortest}s"),
        ("longest wait", retry.get("maximumBackoff"), f"{longest}s"),
        (
            "dead letter topic",
            dead.get("deadLetterTopic"),
            f"projects/{site.target.project}/topics/{spec['dead_letter']}",
        ),
        ("attempts", dead.get("maxDeliveryAttempts"), spec["attempts"]),
    ]
