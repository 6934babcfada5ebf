"""Topics and subscriptions.

Push subscriptions are Hinomi's own, not that of a trigger: a trigger's one has no dead-letter topic, keeps messages for
a day, and loses its backlog when it is created again. Each kind of message has one, with a push account and a path of
its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from deploy.parts.functions import url_of
from deploy.parts.setting_differences import differing
from deploy.site import Site
from deploy.step import Step
from shared.texts import EMPTY, Text, joined
from shared.texts.deploy import differences, purposes, resources

DAY_SECONDS = 86400
DELETED_TOPIC = "_deleted-topic_"


def topics(site: Site) -> Iterator[Step]:
    """Creates missing topics, and removes settings of existing ones that reject or change messages."""
    for name, why in site.plan["topics"].items():
        current = _topic(site, name)
        if current is None:
            argv = ("pubsub", "topics", "create", name, site.in_project, site.label_argument)
            yield Step(resources.TOPIC(name=name), differences.MISSING, argv, purposes.purpose(why))
            continue
        for field, problem, clear in (
            ("schemaSettings", differences.SCHEMA, "--clear-schema-settings"),
            ("messageTransforms", differences.TRANSFORMS, "--clear-message-transforms"),
        ):
            if current.get(field):
                argv = ("pubsub", "topics", "update", name, site.in_project, clear)
                yield Step(resources.TOPIC(name=name), problem, argv, purposes.purpose(why))


def remove_topics(site: Site) -> Iterator[Step]:
    """Deletes the topics with Hinomi's label."""
    for name in site.plan["topics"]:
        if site.is_ours(_topic(site, name)):
            yield Step(
                resources.TOPIC(name=name), differences.OWNED, ("pubsub", "topics", "delete", name, site.in_project)
            )


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
        for name, spec in site.plan["subscriptions"].items()
        if "function" in spec
    )
    return any(matches)


def channels(site: Site) -> Iterator[Step]:
    """On an upgrade, the missing push subscriptions: their messages are moved while the old function still accepts them."""
    missing = [name for name in site.plan["subscriptions"] if subscription(site, name) is None]
    return _subscriptions(site, push=True, names=missing)


def remove_subscriptions(site: Site) -> Iterator[Step]:
    """Deletes the subscriptions with Hinomi's label."""
    for name in site.plan["subscriptions"]:
        if site.is_ours(subscription(site, name)):
            argv = ("pubsub", "subscriptions", "delete", name, site.in_project)
            yield Step(resources.SUBSCRIPTION(name=name), differences.OWNED, argv)


def subscription(site: Site, name: str) -> dict[str, Any] | None:
    """A subscription as the API returns it."""
    return site.cloud.get("pubsub", f"v1/projects/{site.target.project}/subscriptions/{name}")


def _topic(site: Site, name: str) -> dict[str, Any] | None:
    return site.cloud.get("pubsub", f"v1/projects/{site.target.project}/topics/{name}")


def _subscriptions(site: Site, *, push: bool, names: Collection[str] | None = None) -> Iterator[Step]:
    for name, spec in site.plan["subscriptions"].items():
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
    """Why no message arrives any more, empty if messages arrive."""
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
