"""`hinomi doctor`: the problems of an installation, and the command that fixes each.

Each difference from the plan is a problem; its fix is the step that deploy.sh would run. Further checks detect problems
that no single step can fix, such as a secret without a value or alerts without a reader.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from deploy import secrets, unmanaged
from deploy.cloud import CloudError
from deploy.parts import channel_topics, database, grants, other_publishers, project_numbers, pubsub, release
from deploy.parts.other_publishers import OtherPublisher
from deploy.phases import PHASES
from deploy.removal import Part, removal
from deploy.site import Site
from deploy.target import DeployTarget
from handlers.declared_settings import declaration, shown_value
from shared.config import Settings
from shared.errors import HinomiError, InputError, TransientError
from shared.texts import Text, joined, listed
from shared.texts.deploy import doctor as texts
from shared.texts.deploy import errors


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in `area`: `text` describes it, `fix` is the command that corrects it.

    A warning needs the decision of a person: the installation matches the plan.
    """

    area: Text
    text: Text
    fix: str
    is_warning: bool = False

    @property
    def what(self) -> str:
        """The problem in English, for JSON."""
        return self.text.en


AREAS = texts.AREAS
SECRETS, AGENTS, UNMANAGED = texts.SECRETS, texts.AGENTS, texts.UNMANAGED_RESOURCES
RECIPIENTS, COPY, PUBLISHERS = texts.RECIPIENTS, texts.COPY, texts.PUBLISHERS
CHANNEL_TOPICS = texts.CHANNEL_TOPICS
OWNER = "roles/owner"
DEPLOYING = ("image", "release", "scripts")  # only deploy.sh runs these in the right order
READER_ROLES = ("roles/viewer", "roles/iam.securityReviewer")  # permissions that `hinomi doctor` needs
PARENT_READER = "roles/browser"  # contains resourcemanager.folders.get, which shows the parent of a folder


def is_installed(site: Site) -> bool:
    """Whether the project has any resource of Hinomi except databases, even after an interrupted deployment.

    A project that cannot be read counts as installed: `examine` reports unreadable resources.
    """
    try:
        return bool(removal(replace(site, earlier=(*site.earlier, site.target)), databases=False))
    except HinomiError:
        return True


def examine(site: Site) -> Iterator[tuple[Text, list[Problem]]]:
    """All areas with their problems; an unreadable area is a problem too."""
    for phase, area in AREAS.items():
        checks = [partial(_part, site, phase, part) for part in PHASES[phase]]
        problems = [problem for check in checks for problem in checked(site, area, check)]
        yield area, list(dict.fromkeys(problems))  # several parts may report the same denied read
        if phase == "base":  # in the order of fixing: deploy.sh stops where a secret is missing
            yield SECRETS, checked(site, SECRETS, partial(_secrets, site))
    yield AGENTS, checked(site, AGENTS, partial(_agents, site))
    yield PUBLISHERS, checked(site, PUBLISHERS, partial(publisher_warnings, site))
    if channel_topics.topics_in(site.target.settings):
        yield CHANNEL_TOPICS, checked(site, CHANNEL_TOPICS, partial(topic_warnings, site))
    yield UNMANAGED, checked(site, UNMANAGED, partial(_unmanaged, site))
    yield RECIPIENTS, checked(site, RECIPIENTS, partial(_recipients, site))
    if site.target.bigquery_history:
        yield COPY, checked(site, COPY, partial(_dataset, site))


def checked(site: Site, area: Text, check: Callable[[], Iterable[Problem]]) -> list[Problem]:
    """The problems found by a check; a denied or failed read is added after them as a problem."""
    problems = []
    try:
        for problem in check():
            problems.append(problem)  # noqa: PERF402 - the problems before an error are kept
    except HinomiError as error:
        problems.append(Problem(area, error.full_text, _fix_for(site, error)))
    return problems


def _fix_for(site: Site, error: HinomiError) -> str:
    if isinstance(error, TransientError):
        return shlex.join(("hinomi", "doctor", "--project", site.target.project, "--region", site.target.region))
    return _reader_command(site.target.project) if isinstance(error, CloudError) else deploy_command(site)


def _reader_command(project: str) -> str:
    """The commands with which an owner of the project grants the caller read access."""
    grant = (
        f'gcloud projects add-iam-policy-binding {shlex.quote(project)} --member="user:$(gcloud config get account)"'
    )
    return " && ".join(f"{grant} --role={role} --condition=None" for role in READER_ROLES)


def _part(site: Site, phase: str, part: Part) -> Iterator[Problem]:
    by_script = phase in DEPLOYING
    for step in part(site):
        by_script = by_script or step.argv[:2] == ("functions", "deploy")  # later steps need it
        fix = deploy_command(site) if by_script or not step.is_complete else step.command
        yield Problem(AREAS[phase], texts.PROBLEM(resource=step.resource, difference=step.difference), fix)


def _agents(site: Site) -> Iterator[Problem]:
    for step in grants.agents(site):
        what = texts.PROBLEM_WITH_PURPOSE(resource=step.resource, difference=step.difference, purpose=step.purpose)
        yield Problem(AGENTS, what, step.command)
    unreadable = project_numbers.find(site).unreadable
    if unreadable and not site.target.settings.get(project_numbers.SETTING):
        text = texts.NUMBERS_UNKNOWN(projects=listed(unreadable))
        fix = f"{deploy_command(site)} --settings FILE  # {project_numbers.SETTING}=…"
        yield Problem(AGENTS, text, fix, is_warning=True)


def publisher_warnings(site: Site) -> Iterator[Problem]:
    """Publishers that are not planned: by roles on the topics or above them, as a push account, or by the shared topic."""
    for found in other_publishers.inherited(site):
        if isinstance(found, other_publishers.UnreadableLevel):
            template = texts.PARENT_UNREADABLE if found.is_parent else texts.LEVEL_UNREADABLE
            text = template(resource=found.resource, reason=found.reason)
            fix = _level_reader_command(found.resource, PARENT_READER if found.is_parent else READER_ROLES[1])
            yield Problem(PUBLISHERS, text, fix, is_warning=True)
        else:
            template = texts.INHERITED_OWNER if found.role == OWNER else texts.INHERITED_PUBLISHER
            yield _narrowing(found, template(member=found.member, role=found.role, resource=found.resource))
    for person in other_publishers.people(site):
        yield _narrowing(person, texts.PERSON_PUBLISHES(member=person.member, role=person.role, name=person.name))
    for one in other_publishers.impersonators(site):
        template = texts.IMPERSONATES if one.resource.startswith("accounts/") else texts.IMPERSONATES_ANY
        yield _narrowing(one, template(member=one.member, role=one.role, account=one.name, place=one.resource))
    if site.shared_reports_until:
        name = site.plan["reports"]["shared"]["topic"]
        text = texts.SHARED_TOPIC(name=name, until=site.shared_reports_until.isoformat())
        commands = [f"gcloud pubsub {kind} delete {name} {site.in_project}" for kind in ("subscriptions", "topics")]
        yield Problem(PUBLISHERS, text, " && ".join([*commands, deploy_command(site)]), is_warning=True)


def topic_warnings(site: Site) -> Iterator[Problem]:
    """Topics of notification channels that are Hinomi's own, that do not exist, or whose grants cannot be read."""
    for topic, variables in channel_topics.own(site).items():
        text = errors.OWN_TOPIC(variables=listed(variables), topic=topic)
        yield Problem(CHANNEL_TOPICS, text, f"{deploy_command(site)} --settings FILE")
    for found in channel_topics.unplanned(site):
        template = texts.TOPIC_UNREADABLE if found.reason else texts.TOPIC_MISSING
        text = template(topic=found.topic, rules=found.used_by, reason=found.reason)
        yield Problem(CHANNEL_TOPICS, text, found.fix, is_warning=True)


def _narrowing(found: OtherPublisher, text: Text) -> Problem:
    return Problem(PUBLISHERS, text, shlex.join(("gcloud", *found.narrowing)), is_warning=True)


def _level_reader_command(level: str, role: str) -> str:
    """The command with which an administrator of a project, folder or organization grants the caller read access."""
    kind, _, name = level.partition("/")
    group = "resource-manager folders" if kind == "folders" else kind
    who = '--member="user:$(gcloud config get account)"'
    return f"gcloud {group} add-iam-policy-binding {name} {who} --role={role} --condition=None"


def _unmanaged(site: Site) -> Iterator[Problem]:
    """Unmanaged resources: deploy.sh stops at them, and --destroy leaves them."""
    for item in unmanaged.find(site):
        fix = shlex.join(("gcloud", *item.mark)) if item.mark else f"{deploy_command(site)} --adopt"
        yield Problem(UNMANAGED, texts.UNMANAGED(resource=item.what), fix)


def _recipients(site: Site) -> Iterator[Problem]:
    address = site.target.alert_email
    if not address or address.endswith(".gserviceaccount.com"):
        fix = f'{deploy_command(replace(site, target=replace(site.target, alert_email="")))} --alert-email "$ADDRESS"'
        text = texts.ALERTS_TO_ACCOUNT(address=address) if address else texts.NO_RECIPIENT
        yield Problem(RECIPIENTS, text, fix)


def deploy_command(site: Site) -> str:
    """deploy.sh with the options of this installation."""
    target = site.target
    words = ["./deploy.sh", "--project", target.project, "--region", target.region]
    for option, value, usual in (
        ("--scope", str(target.scope), f"projects/{target.project}"),
        ("--database-instance", target.database_instance, ""),
        ("--alert-email", target.alert_email, ""),
        ("--bigquery-history", target.bigquery_history, ""),
    ):
        words += [option, value] if value != usual else []
    for member in target.dashboard_access:
        words += ["--dashboard-access", member]
    for variable, name in target.secrets.items():
        words += ["--secret", f"{variable}={name}"]
    return shlex.join(words)


def _secrets(site: Site) -> Iterator[Problem]:
    project = site.target.project
    for variable, name in site.target.secrets.items():
        if database.secret(site, name) is None:
            fix = secrets.create_command(variable, name, project)
            yield Problem(SECRETS, texts.SECRET_MISSING(name=name, variable=variable), fix)
        elif not secrets.version(site, name):
            fix = secrets.add_command(variable, name, project)
            yield Problem(SECRETS, texts.NO_VERSION(name=name, variable=variable), fix)
    for variable in secrets.unread(site):
        fix = f"{deploy_command(replace(site, target=_without(site.target, variable)))} --no-secret {variable}"
        yield Problem(SECRETS, texts.NOT_READ(variable=variable), fix)
    try:
        required = site.desired.required_settings
    except InputError as error:
        if error.file:  # a mistake in handlers.yaml
            raise
        yield Problem(SECRETS, error.text, f"{deploy_command(site)} --settings FILE")
        return
    for variable, reasons in required.items():
        if variable not in {**site.target.settings, **site.target.secrets}:
            what = texts.NOT_SET(variable=variable, reasons=joined(reasons))
            yield Problem(SECRETS, what, _set_command(site, variable))


def _set_command(site: Site, variable: str) -> str:
    """The commands that set a variable: as a secret, created if it is missing, or in the file of --settings."""
    each = declaration(variable)
    if each is None or not each.is_secret:
        return f"{deploy_command(site)} --settings FILE  # {variable}=…"
    name = secrets.suggested_name(variable)
    deploy = f"{deploy_command(site)} --secret {variable}={name}"
    if database.secret(site, name) is not None:
        return deploy
    return f"{secrets.create_command(variable, name, site.target.project)} && {deploy}"


def _without(target: DeployTarget, variable: str) -> DeployTarget:
    return replace(target, secrets={name: value for name, value in target.secrets.items() if name != variable})


def _dataset(site: Site) -> Iterator[Problem]:
    project, _, dataset = site.target.bigquery_history.rpartition(".")
    if site.cloud.get("bigquery", f"bigquery/v2/projects/{project}/datasets/{dataset}") is None:
        yield Problem(
            COPY, texts.DATASET_MISSING(name=f"{project}.{dataset}"), f"bq mk --location=EU {project}:{dataset}"
        )


def monitored(target: DeployTarget) -> Text:
    """The projects whose metrics and jobs are read; log entries come from the whole scope."""
    own = (target.project,) if target.scope.kind != "projects" else target.scope.names
    named = ", ".join(_shown_setting(target, "HINOMI_PROJECTS", ",".join(own)).split(","))
    if target.scope.kind == "projects":
        return Text.verbatim(named)
    most = _shown_setting(target, "HINOMI_PROJECTS_MAX", str(Settings().projects_max))
    return texts.MONITORED(projects=named, scope=str(target.scope), most=most)


def _shown_setting(target: DeployTarget, variable: str, otherwise: str) -> str:
    return shown_value(variable, target.settings.get(variable, otherwise))


def summary(site: Site) -> dict[str, str]:
    """The head of the report. A value that cannot be read is `unknown`; `examine` reports the reason."""
    return {
        "project": site.target.project,
        "scope": str(site.target.scope),
        "load_and_history": monitored(site.target).en,
        "endpoint": _or_unknown(lambda: _endpoint(site)),
        "released": _or_unknown(lambda: "yes" if release.was_run(site) else "no"),
    }


def _endpoint(site: Site) -> str:
    subscription = pubsub.subscription(site, "hinomi-evidence") or {}
    return str(subscription.get("pushConfig", {}).get("pushEndpoint", "none"))


def _or_unknown(read: Callable[[], str]) -> str:
    try:
        return read()
    except HinomiError:
        return "unknown"
