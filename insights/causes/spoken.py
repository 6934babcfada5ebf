"""Names the resource and the method of a change in plain words: `Cloud SQL instance orders-db`, `updated`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from insights.causes.names import place_of
from shared.texts import Template, Text, causes
from shared.texts.access import resource_names as nouns

_NOUNS = {
    "organizations": nouns.ORGANIZATION,
    "folders": nouns.FOLDER,
    "projects": nouns.PROJECT,
    "buckets": nouns.BUCKET,
    "datasets": nouns.DATASET,
    "tables": nouns.TABLE,
    "routines": nouns.ROUTINE,
    "reservations": nouns.RESERVATION,
    "transferConfigs": nouns.TRANSFER,
    "serviceAccounts": nouns.ACCOUNT,
    "topics": nouns.TOPIC,
    "subscriptions": nouns.SUBSCRIPTION,
    "secrets": nouns.SECRET,
    "keyRings": nouns.KEY_RING,
    "cryptoKeys": nouns.CRYPTO_KEY,
    "services": nouns.SERVICE,
    "functions": nouns.FUNCTION,
    "instances": nouns.INSTANCE,
    "disks": nouns.DISK,
    "environments": nouns.ENVIRONMENT,
    "clusters": nouns.CLUSTER,
    "repositories": nouns.REPOSITORY,
    "workflows": nouns.WORKFLOW,
    "streams": nouns.STREAM,
    "endpoints": nouns.ENDPOINT,
    "models": nouns.MODEL,
    "quotaPreferences": nouns.QUOTA,
    "quotaInfos": nouns.QUOTA,
    "assignments": nouns.ASSIGNMENT,
    "deployments": nouns.DEPLOYMENT,
    "statefulsets": nouns.STATEFUL_SET,
    "daemonsets": nouns.DAEMON_SET,
    "cronjobs": nouns.CRON_JOB,
    "configmaps": nouns.CONFIG_MAP,
}
# Collections whose name does not say which service they belong to.
_OF_SERVICE = {
    ("sqladmin", "instances"): nouns.CLOUD_SQL,
    ("cloudsql", "instances"): nouns.CLOUD_SQL,
    ("compute", "instances"): nouns.MACHINE,
    ("run", "jobs"): nouns.JOB,
    ("cloudscheduler", "jobs"): nouns.SCHEDULER_JOB,
    ("dataflow", "jobs"): nouns.DATAFLOW_JOB,
    ("container", "jobs"): nouns.KUBERNETES_JOB,
    ("container", "secrets"): nouns.KUBERNETES_SECRET,
}
# Their names contain those of their project and dataset.
_WITH_PROJECT = frozenset({"datasets", "tables"})
_PATH = re.compile(
    r"(?://(?P<service>[a-z0-9-]+)\.googleapis\.com/)?(?:.*/)?(?P<collection>[A-Za-z]+)/(?P<name>[^/]+)/?"
)
_BUCKET = re.compile(r"//storage\.googleapis\.com/(?!projects/)([^/]+)/?")
_CODE = re.compile(r"//storage\.googleapis\.com/(?!projects/)([^/]+)/([^/]+)/?")  # a folder with DAGs or plugins
_QUOTA = re.compile(r".*/consumerQuotaMetrics/([^/]+)/.*")
_OBJECT = re.compile(r"(?://storage\.googleapis\.com/)?projects/[^/]+/buckets/([^/]+)/objects/(.+)")


def spoken(values: Mapping[str, str]) -> dict[str, str | Text]:
    """The values of a statement, with its resource and its method in plain words; other values unchanged."""
    words: dict[str, str | Text] = dict(values)
    if "resource" in values:
        words["resource"] = resource_words(values["resource"])
    if "method" in values:
        words["method"] = _method(values["method"], values.get("resource", ""))
    return words


def resource_words(resource: str) -> Text:
    """A resource by its kind and name; unchanged if its kind is unknown or if it is not a path."""
    if match := _BUCKET.fullmatch(resource):
        return nouns.BUCKET(name=match[1])
    if match := _CODE.fullmatch(resource):
        return nouns.MANAGED_FOLDER(name=match[2], bucket=match[1])
    if match := _QUOTA.fullmatch(resource):
        return nouns.QUOTA(name=unquote(match[1]))
    if match := _OBJECT.fullmatch(resource):
        return Text.verbatim(f"gs://{match[1]}/{match[2]}")
    match = _PATH.fullmatch(resource)
    noun = _noun(match["service"], match["collection"], resource) if match else None
    if match is None or noun is None:
        return Text.verbatim(resource.removeprefix("//"))
    place = place_of(resource)
    is_with_project = match["collection"] in _WITH_PROJECT and place.name is not None
    return noun(name=place.name[1] if is_with_project and place.name else match["name"])


def _noun(service: str | None, collection: str, resource: str) -> Template | None:
    if service is None and collection == "instances" and "zones/" in resource:
        return nouns.MACHINE
    return _OF_SERVICE.get((service or "", collection)) or _NOUNS.get(collection)


def _method(method: str, resource: str) -> Text:
    """A method in words: `updated` for `UpdateFunction` of a function.

    `deleteAccessConfig` of a VM deletes something else, so it becomes `changed (deleteAccessConfig)`.
    """
    if _CODE.fullmatch(resource):
        return causes.DONE["update"]
    if whole := causes.DONE.get(method.lower()):
        return whole
    verb = re.match(r"[A-Z]?[a-z]+|[A-Z]+", method)
    done = causes.DONE.get(verb[0].lower()) if verb else None
    if verb is None or done is None:
        return causes.DONE_OTHERWISE(method=method)
    path, place = _PATH.fullmatch(resource), place_of(resource)
    collections = {path["collection"] if path else "", place.name[0] if place.name else ""}
    if "quotaInfos" in collections:  # changed by its preference
        collections.add("quotaPreferences")
    noun = method[verb.end() :].strip("_").lower()
    is_own = any(each.lower() in (noun, f"{noun}s", f"{noun[:-1]}ies") for each in collections)
    return done if is_own else causes.DONE_OTHERWISE(method=method)
