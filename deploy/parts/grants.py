"""The IAM grants of the installation, each on the smallest sufficient resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from deploy import secrets
from deploy.parts import apis, database, roles, sinks
from deploy.site import Site
from deploy.step import Step, later, with_placeholders
from shared.texts import EMPTY, Text, listed
from shared.texts.deploy import differences, placeholders, purposes, resources


@dataclass(frozen=True, slots=True)
class PlannedGrant:
    """`role` for `member` on the resource `name` of the kind `on`. `is_needed` is False for a grant of an earlier version.

    A topic of another owner has its full name, projects/PROJECT/topics/TOPIC.
    """

    on: str
    name: str
    role: str
    member: str
    why: Text = EMPTY
    is_needed: bool = True
    condition: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Identifies the grant."""
        return (self.on, self.name, self.role, self.member, self.condition)


PUBLISHER, SUBSCRIBER = "roles/pubsub.publisher", "roles/pubsub.subscriber"
CONDITION = "Hinomi: this dataset only"
# Resources that outlive the installation: their grants are revoked one by one.
LASTING = ("project", "organization", "folder", "secret")


def steps(site: Site) -> Iterator[Step]:
    """The grants that must exist before the code is deployed; revokes grants that are no longer needed."""
    seen = set()
    for grant in [
        *_planned(site),
        *_roles(site),
        *_secrets(site),
        *_writers(site),
        *_reporters(site),
        *of_workers(site),
    ]:
        if grant.key not in seen:  # the sinks of one project share a writer
            yield from missing(site, grant) if grant.is_needed else taken_back(site, grant, differences.NOT_NEEDED)
        seen.add(grant.key)


def calls(site: Site) -> Iterator[Step]:
    """The callers of the functions: these grants need the resources of the code phase."""
    for target, account in invokers(site.plan):
        function = site.function(target)
        if function is not None:
            member = f"serviceAccount:{site.email(account)}"
            yield from missing(site, PlannedGrant("service", function.name, "roles/run.invoker", member))


def invokers(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each function with each account that calls it."""
    of_others = (plan["reports"]["subscription"], plan["workers"]["results"]["subscription"])
    specs = [*plan["subscriptions"].values(), *of_others, *plan["schedules"].values()]
    return list(dict.fromkeys((spec["function"], spec["account"]) for spec in specs if "function" in spec))


def holders(site: Site, account: str) -> set[str]:
    """The planned members with a role on a service account."""
    return {grant.member for grant in _planned(site) if (grant.on, grant.name) == ("account", account)}


def publishers(site: Site, topic: str) -> list[PlannedGrant]:
    """The planned publishers of a topic."""
    grants = (*_planned(site), *_writers(site), *_reporters(site), *of_workers(site), *_shared(site))
    return [grant for grant in grants if (grant.on, grant.name) == ("topic", topic)]


def former(site: Site) -> Iterator[Step]:
    """Revokes grants of earlier versions after their last use."""
    for spec in site.plan["former_grants"]:
        grant = PlannedGrant(spec["on"], spec["name"], spec["role"], site.fill(spec["member"]))
        yield from taken_back(site, grant, differences.NOT_NEEDED)


def subscribers(site: Site) -> Iterator[Step]:
    """The grants of Pub/Sub, which must acknowledge messages that it moves to the dead-letter topic."""
    spec = site.plan["subscriber_grant"]
    for name, subscription in site.subscriptions.items():
        if "dead_letter" in subscription:
            grant = PlannedGrant(
                "subscription", name, spec["role"], site.fill(spec["member"]), purposes.purpose(spec["why"])
            )
            yield from missing(site, grant)


def agents(site: Site) -> Iterator[Step]:
    """The roles of Google's own accounts: for the doctor, not for deploy.sh."""
    current = apis.enabled(site)
    for role, spec in site.plan["agents"].items():
        if spec["api"] in current:
            yield from missing(
                site,
                PlannedGrant(
                    "project", site.target.project, role, site.fill(spec["member"]), purposes.purpose(spec["why"])
                ),
            )


def removal(site: Site) -> Iterator[Step]:
    """Revokes the grants on resources that remain."""
    for grant in [*_planned(site), *_roles(site), *_secrets(site)]:
        if grant.on in LASTING:
            yield from taken_back(site, grant, differences.OWNED)


def _planned(site: Site) -> list[PlannedGrant]:
    return [
        PlannedGrant(spec["on"], spec["name"], spec["role"], site.fill(spec["member"]), purposes.purpose(spec["why"]))
        for spec in site.plan["grants"]
    ]


def _roles(site: Site) -> Iterator[PlannedGrant]:
    for role in (each for each in roles.of(site) if each.at):
        kind, _, name = role.at.partition("/")
        member = f"serviceAccount:{site.email(role.account)}"
        is_needed = bool(role.permissions)
        yield PlannedGrant(kind.removesuffix("s"), name, role.name, member, role.title, is_needed, role.condition)


def _secrets(site: Site) -> Iterator[PlannedGrant]:
    release = f"serviceAccount:{site.email(site.plan['release']['account'])}"
    yield PlannedGrant("secret", site.plan["database"]["release_secret"], secrets.READER, release, purposes.JOB_LOGS_IN)
    for function in site.functions:
        readable = secrets.read_by(site, function)
        for name in dict.fromkeys(readable.values()):
            variables = [variable for variable, its in readable.items() if its == name]
            if database.secret(site, name):
                member = f"serviceAccount:{site.email(function.account)}"
                yield PlannedGrant(
                    "secret", name, secrets.READER, member, purposes.MOUNTED_AS(variables=listed(variables))
                )


def _writers(site: Site) -> Iterator[PlannedGrant]:
    """Without this grant a sink exports nothing and reports no error (logging/docs/export/configure_export_v2)."""
    for parent in sinks.parents(site):
        current = sinks.existing(site, parent)
        for name in site.desired.filters:
            writer = current.get(name, {}).get("writerIdentity") or later(placeholders.WRITER(sink=name, parent=parent))
            sink = resources.SINK(name=name, parent=parent)
            yield PlannedGrant("topic", site.plan["sinks"]["topic"], PUBLISHER, writer, sink)


def _reporters(site: Site) -> Iterator[PlannedGrant]:
    for name, members in site.desired.reporters.items():
        for member in members:
            why = purposes.REPORTS_OF(name=name)
            yield PlannedGrant("topic", site.topic_of(name), PUBLISHER, member, why)


def of_workers(site: Site) -> Iterator[PlannedGrant]:
    """The grants of workers: the function publishes orders; each worker reads its own orders and publishes its results."""
    publisher = site.plan["functions"][site.plan["workers"]["publisher"]]["account"]
    own = f"serviceAccount:{site.email(publisher)}"
    for name, member in site.workers.items():
        orders, results = site.orders_of(name), site.results_of(name)
        yield PlannedGrant("topic", orders, PUBLISHER, own, purposes.ORDERS_RUNS(name=name))
        yield PlannedGrant("topic", results, PUBLISHER, member, purposes.PUBLISHES_RESULTS(name=name))
        yield PlannedGrant("subscription", orders, SUBSCRIBER, member, purposes.TAKES_ORDERS(name=name))


def _shared(site: Site) -> list[PlannedGrant]:
    """The grants that declared reporters keep, but do not get, on the shared topic of earlier versions."""
    topic = site.plan["reports"]["shared"]["topic"]
    return [replace(grant, name=topic) for grant in _reporters(site)] if topic in site.topics else []


def missing(site: Site, grant: PlannedGrant) -> Iterator[Step]:
    """Grants the role if the member lacks it or has it only with another condition, which could fail at any time."""
    if grant.member not in _members(site, grant):
        is_conditional = any(
            binding.get("role") == grant.role and grant.member in binding.get("members", [])
            for binding in policy(site, grant)
        )
        problem = differences.ONLY_CONDITIONAL if is_conditional else differences.MISSING
        yield Step(_what(grant), problem, _command(site, grant, "add"), grant.why)


def taken_back(site: Site, grant: PlannedGrant, problem: Text) -> Iterator[Step]:
    """Revokes a grant if it exists."""
    if grant.member in _members(site, grant):
        yield Step(_what(grant), problem, _command(site, grant, "remove"))


def _command(site: Site, grant: PlannedGrant, verb: str) -> tuple[str, ...]:
    has_conditions = any(binding.get("condition") for binding in policy(site, grant))
    return binding_command(site, grant, verb, has_conditions=has_conditions)


def _what(grant: PlannedGrant) -> Text:
    text = resources.PLACE_OF_DATASET if grant.condition else resources.PLACE
    where = text(kind=resources.PLACES[grant.on], name=grant.name)
    return resources.GRANT(role=grant.role, where=where, member=with_placeholders(grant.member))


def _members(site: Site, grant: PlannedGrant) -> set[str]:
    bindings = policy(site, grant)
    return {
        member
        for binding in bindings
        if binding.get("role") == grant.role and binding.get("condition", {}).get("expression", "") == grant.condition
        for member in binding.get("members", [])
    }


def policy(site: Site, grant: PlannedGrant) -> list[dict[str, Any]]:
    """The bindings of the resource of a grant."""
    project = site.target.project
    if grant.on in ("project", "organization", "folder"):
        return site.cloud.policy("cloudresourcemanager", f"v3/{grant.on}s/{grant.name}", post=True)
    if grant.on == "account":
        return site.cloud.policy("iam", f"v1/projects/{project}/serviceAccounts/{site.email(grant.name)}", post=True)
    if grant.on == "secret":
        return site.cloud.policy("secretmanager", f"v1/projects/{project}/secrets/{grant.name}")
    if grant.on in ("service", "job", "iap"):
        return _policy_on_cloud_run(site, grant)
    path = grant.name if "/" in grant.name else f"projects/{project}/{grant.on}s/{grant.name}"
    return site.cloud.policy("pubsub", f"v1/{path}")


def _policy_on_cloud_run(site: Site, grant: PlannedGrant) -> list[dict[str, Any]]:
    place = f"v2/projects/{site.target.project}/locations/{site.target.region}"
    if grant.on != "iap":
        return site.cloud.policy("run", f"{place}/{grant.on}s/{grant.name}")
    if site.cloud.get("run", f"{place}/services/{grant.name}") is None:
        return []
    behind = f"v1/projects/{site.number}/iap_web/cloud_run-{site.target.region}"
    return site.cloud.policy("iap", f"{behind}/services/{grant.name}", post=True)


def binding_command(site: Site, grant: PlannedGrant, verb: str, *, has_conditions: bool = False) -> tuple[str, ...]:
    """The command, without the word gcloud, that adds (`add`) or removes (`remove`) a grant.

    `has_conditions` is True if the policy has grants with conditions. On topics and subscriptions only gcloud alpha can
    change such a policy; a grant with a condition is removed together with other grants of the same role and member.
    """
    who = (f"--member={grant.member}", f"--role={grant.role}")
    policy = f"{verb}-iam-policy-binding"
    condition = f"--condition=expression={grant.condition},title={CONDITION}" if grant.condition else "--condition=None"
    if grant.on == "folder":
        return ("resource-manager", "folders", policy, grant.name, *who, condition, "--quiet")
    if grant.on in ("project", "organization"):
        return (f"{grant.on}s", policy, grant.name, *who, condition, "--quiet")
    if grant.on == "account":
        return ("iam", "service-accounts", policy, site.email(grant.name), site.in_project, *who, "--quiet")
    if grant.on == "secret":
        return ("secrets", policy, grant.name, site.in_project, *who, "--quiet")
    if grant.on in ("service", "job", "iap"):
        return (*_on_cloud_run(site, grant, policy), *who, *([condition] if grant.on == "iap" else []), "--quiet")
    return _pubsub_command(site, grant, verb, has_conditions=has_conditions)


def _on_cloud_run(site: Site, grant: PlannedGrant, verb: str) -> tuple[str, ...]:
    where = (site.in_project, f"--region={site.target.region}")
    if grant.on == "iap":  # only gcloud beta knows the services of Cloud Run
        return ("beta", "iap", "web", verb, "--resource-type=cloud-run", f"--service={grant.name}", *where)
    return ("run", f"{grant.on}s", verb, grant.name, *where)


def _pubsub_command(site: Site, grant: PlannedGrant, verb: str, *, has_conditions: bool) -> tuple[str, ...]:
    _, project, _, name = grant.name.split("/") if "/" in grant.name else ("", site.target.project, "", grant.name)
    who = (f"--member={grant.member}", f"--role={grant.role}")
    words = ("pubsub", f"{grant.on}s", f"{verb}-iam-policy-binding", name, f"--project={project}", *who)
    if not has_conditions:
        return (*words, "--quiet")
    return ("alpha", *words, "--all" if grant.condition and verb == "remove" else "--condition=None", "--quiet")
