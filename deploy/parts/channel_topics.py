"""The grants on the Pub/Sub topics of notification channels and of the action publish_message, each on its topic only.

The topics belong to their users, perhaps in another project: deploy.sh neither creates nor deletes them. The grant on a
topic that is no longer in the settings is revoked before the functions are deployed, because only their record of the
last settings names it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deploy import record
from deploy.cloud import CloudError
from deploy.parts.grants import PlannedGrant, binding_command, missing, policy, taken_back
from deploy.site import Site
from deploy.step import Step
from handlers import registry
from shared.setting import declaring
from shared.texts import EMPTY, Text, joined
from shared.texts.deploy import differences, purposes

ROLE = "roles/pubsub.publisher"
FUNCTION = "metrics_analysis"


@dataclass(frozen=True, slots=True)
class UnplannedTopic:
    """A topic in use without a planned grant: it does not exist (empty `reason`), or cannot be read.

    `fix` is a command.
    """

    topic: str
    used_by: Text
    reason: Text
    fix: str


def topics_in(settings: Mapping[str, str]) -> dict[str, list[str]]:
    """The topics that these settings name for notifiers and actions, each with its variables."""
    plugins = (registry.find(name) for name in registry.names())
    declared = [plugin.PUBLISHES_TO for plugin in plugins if hasattr(plugin, "PUBLISHES_TO")]
    named: dict[str, list[str]] = {}
    for variable, topic in sorted(settings.items()):
        if topic and declaring(declared, variable):
            named.setdefault(topic, []).append(variable)
    return named


def own(site: Site) -> dict[str, list[str]]:
    """The topics in the settings that are Hinomi's own, with their variables; a notification would come back as a message."""
    home = f"projects/{site.target.project}/topics/"
    of_others = tuple(home + each("") for each in (site.topic_of, site.orders_of, site.results_of))
    names = {*(home + name for name in site.plan["topics"]), home + site.plan["reports"]["shared"]["topic"]}
    return {
        topic: variables
        for topic, variables in topics_in(site.target.settings).items()
        if topic in names or topic.startswith(of_others)
    }


def steps(site: Site) -> Iterator[Step]:
    """Grants each topic that an enabled handler rule publishes to; revokes grants on other topics in the current and last settings."""
    used = _used(site)
    for topic, rules in used.items():
        if not _denial(site, topic) and not _is_absent(site, topic):
            yield from missing(site, _grant(site, topic, joined(rules)))
    for topic in _named(site):
        if topic not in used and not _denial(site, topic):
            yield from taken_back(site, _grant(site, topic), differences.NOT_NEEDED)


def removal(site: Site) -> Iterator[Step]:
    """Revokes the grants on all topics in the current and the last settings."""
    for topic in _named(site):
        if not _denial(site, topic):
            yield from taken_back(site, _grant(site, topic), differences.OWNED)


def unplanned(site: Site) -> Iterator[UnplannedTopic]:
    """The topics in use that a person has to create or to grant."""
    for topic, rules in _used(site).items():
        if reason := _denial(site, topic):
            command = ("gcloud", *binding_command(site, _grant(site, topic), "add"))
            yield UnplannedTopic(topic, joined(rules), reason, shlex.join(command))
        elif _is_absent(site, topic):
            _, project, _, name = topic.split("/")
            command = ("gcloud", "pubsub", "topics", "create", name, f"--project={project}")
            yield UnplannedTopic(topic, joined(rules), EMPTY, shlex.join(command))


def _used(site: Site) -> dict[str, list[Text]]:
    """The topics that enabled handler rules publish to, each with its rules."""
    return {topic: rules for topic, rules in site.desired.published_topics.items() if topic not in own(site)}


def _named(site: Site) -> dict[str, None]:
    """The topics of other owners that these settings, or those of the deployed functions, name."""
    settings = (site.target.settings, *(each.target.settings for each in record.find(site)))
    return {topic: None for each in settings for topic in topics_in(each) if topic not in own(site)}


def _grant(site: Site, topic: str, why: Text = EMPTY) -> PlannedGrant:
    member = f"serviceAccount:{site.email(site.plan['functions'][FUNCTION]['account'])}"
    return PlannedGrant("topic", topic, ROLE, member, purposes.PUBLISHES(rules=why) if why else EMPTY)


def _is_absent(site: Site, topic: str) -> bool:
    return site.cloud.get("pubsub", f"v1/{topic}") is None


def _denial(site: Site, topic: str) -> Text:
    """The reason why a topic or its grants cannot be read, empty if they can be."""
    try:
        if not _is_absent(site, topic):
            policy(site, _grant(site, topic))
    except CloudError as error:
        return error.text
    return EMPTY
