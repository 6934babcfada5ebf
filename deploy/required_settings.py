"""The variables that enabled handler rules and connections need, and the topics that they publish to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from deploy.scripts.declared import DeclaredScript
from handlers import registry
from handlers.escalation.on_call import CHANNEL
from handlers.owners.recipients import Recipients
from handlers.read import RuleFile, read, read_file
from handlers.reports.subscriptions import subscriptions
from handlers.scripts.local import SECRET
from shared import connections
from shared.config import Settings
from shared.model import Mode
from shared.secret import Secret
from shared.setting import DEFAULT_NAME, Setting
from shared.texts import Text
from shared.texts.deploy import doctor

Reasons = Mapping[str, list[Text]]


def required(handlers_file: Path, environment: Mapping[str, Secret], reports: Sequence[str] = ()) -> Reasons:
    """Each variable with its users. `environment` has the current values, `reports` the reports of HINOMI_REPORTS.

    Raises the first InputError of the file or of the reports.
    """
    file, errors = read_file(handlers_file)
    if errors:
        raise errors[0]
    by_reports = list(_of_reports(Settings(environment=environment, reports=tuple(reports))))
    users: dict[str, list[Text]] = {}
    for variable, reason in [*_of_rules(file, environment), *_of_connections(environment), *by_reports]:
        users.setdefault(variable, []).append(reason)
    return users


def of_scripts(declared: Iterable[DeclaredScript]) -> dict[str, list[Text]]:
    """The variables of the secrets that scripts read, with the scripts."""
    users: dict[str, list[Text]] = {}
    for each in declared:
        for name in each.script.secrets:
            users.setdefault(SECRET.of(name), []).append(doctor.SCRIPT(name=each.script.name))
    return users


def published_topics(handlers_file: Path, environment: Mapping[str, Secret]) -> Reasons:
    """Each Pub/Sub topic that enabled handler rules publish to, with these rules; a dry run publishes nothing.

    Raises the first InputError of the file.
    """
    rules, errors = read(handlers_file)
    if errors:
        raise errors[0]
    users: dict[str, list[Text]] = {}
    for rule in rules:
        plugin = registry.find(rule.action)
        topic_of: Setting | None = getattr(plugin, "PUBLISHES_TO", None)
        if topic_of is None or not rule.enabled or rule.mode is Mode.DRY_RUN:
            continue
        params = registry.params(plugin, rule.params)
        topic = topic_of.text(environment, getattr(params, topic_of.parameter) if topic_of.parameter else DEFAULT_NAME)
        if topic:
            users.setdefault(topic, []).append(doctor.HANDLER_RULE(name=rule.name, action=rule.action))
    return users


def _of_reports(settings: Settings) -> Iterator[tuple[str, Text]]:
    """The variables that the channels of scheduled reports need. Raises InputError for an invalid HINOMI_REPORTS."""
    for each in subscriptions(settings):
        plugin = registry.find(each.notifier)
        declarations: tuple[Setting, ...] = (*getattr(plugin, "SETTINGS", ()), *getattr(plugin, "SECRETS", ()))
        for setting in declarations:
            if setting.required:
                yield setting.of(each.channel), doctor.SCHEDULED_REPORT(name=each.name)
        also_required = getattr(plugin, "also_required", None)
        for variable in also_required(settings.environment) if also_required else ():
            yield variable, doctor.SCHEDULED_REPORT(name=each.name)


def _of_rules(file: RuleFile, environment: Mapping[str, Secret]) -> Iterator[tuple[str, Text]]:
    recipients = Recipients.of_defaults(file.defaults)
    for rule in file.rules:
        plugin = registry.find(rule.action)
        params = registry.params(plugin, rule.params)
        declarations: tuple[Setting, ...] = (*getattr(plugin, "SETTINGS", ()), *getattr(plugin, "SECRETS", ()))
        for setting in declarations if rule.enabled else ():
            if setting.required:
                name = getattr(params, setting.parameter) if setting.parameter else DEFAULT_NAME
                others = recipients.channels(rule) if setting.parameter == CHANNEL else ()
                own = () if others and rule.on_call else (name,)
                for each in dict.fromkeys([*own, *others]):
                    yield setting.of(each), doctor.HANDLER_RULE(name=rule.name, action=rule.action)
        also_required = getattr(plugin, "also_required", None)
        for variable in also_required(environment) if rule.enabled and also_required else ():
            yield variable, doctor.HANDLER_RULE(name=rule.name, action=rule.action)


def _of_connections(environment: Mapping[str, Secret]) -> Iterator[tuple[str, Text]]:
    for name in connections.names():
        required_by = getattr(connections.find(name), "required", None)
        if required_by is not None:
            yield from required_by(environment)
