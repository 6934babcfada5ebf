"""Converts the names of resources to one notation, a collection and an id, so that they can be compared.

`//bigquery.googleapis.com/projects/p/datasets/d/tables/t`, `p:d.t` and `p.d.t` are the same table; its dataset is
`p.d`. Projects, regions and services are too common to identify a resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from shared.lazy.dataclass import dataclass

Name = tuple[str, str]  # collection and id: ("tables", "p.d.t"), ("buckets", "b")

_TABLE = re.compile(r"^([a-z0-9.:-]*[a-z0-9-]+)[.:]([A-Za-z0-9_]+)\.([A-Za-z0-9_$*-]+)$")
_DATASET = re.compile(r"^([a-z][a-z0-9-]{4,})[.:]([A-Za-z0-9_]+)$")
_PARTITION = re.compile(r"[$_](?:\d{8}|\d{6}|\d{10}|\*)$")
_IN_TEXT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:$/@-]*[A-Za-z0-9_]")
_TELLING = re.compile(r"[-_\d.]")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# The bucket that Composer makes for the DAGs of an environment: region-name-hash-bucket.
_COMPOSER_BUCKET = re.compile(r"^[a-z]+-[a-z]+\d-(.+)-[0-9a-f]{8}-bucket$")
_API = ".googleapis.com"
_LOCATIONS = frozenset({"locations", "regions", "zones"})
_REGION = re.compile(r"[a-z]+-[a-z]+\d+(-[a-z])?$")
_BROAD = frozenset({"projects", "folders", "organizations", "locations", "regions", "zones", "global"})
# Labels that say nothing of what an incident is about, or that every job of a place has.
_NO_NAMES = frozenset((
    "location", "region", "zone", "role", "member", "method", "run", "run_id", "job_id", "map_index", "try_number",
    "statement", "metric", "project", "project_id", "series", "runbook", "target", "resource_container",
))  # fmt: skip
_COLLECTIONS = {
    "dag": "dags", "airflow_environment": "environments", "bucket_name": "buckets", "instance_name": "instances",
    "job_name": "jobs", "job": "jobs", "service_name": "services", "function_name": "functions", "dataset": "datasets",
    "configuration_name": "services", "revision_name": "revisions", "transfer_config": "transferConfigs",
    "dataset_id": "datasets", "query": "queries", "repository": "repositories", "dataform_action": "tables",
}  # fmt: skip
# Names of one thing in two collections: a function of the second generation is a service of Cloud Run.
_ALIKE = {"functions": "services", "pipelineJobs": "pipelines", "instanceGroupManagers": "instanceGroups"}


@dataclass(frozen=True, slots=True)
class Place:
    """A resource: its own name, and the names of its containers, nearest first.

    `project` is empty if unknown; `location` is a region or a zone, and empty for other locations.
    """

    name: Name | None
    inside: tuple[Name, ...] = ()
    project: str = ""
    location: str = ""

    @property
    def names(self) -> tuple[Name, ...]:
        """The name of the resource and the names of its containers."""
        return ((self.name,) if self.name else ()) + self.inside

    @property
    def is_of_kubernetes(self) -> bool:
        """Whether the resource is an object in a Kubernetes namespace; objects beside it say nothing about it."""
        return any(collection == "namespaces" for collection, _ in self.inside)


def place_of(resource: str) -> Place:
    """The place of a resource, given in any notation of Google Cloud; without a name for a project or for a bare word."""
    text = resource.strip().rstrip("/")
    if text.startswith("gs://"):
        return _bucket(text.removeprefix("gs://").partition("/")[0])
    if text.startswith("//storage.googleapis.com/"):
        bucket, _, rest = text.removeprefix("//storage.googleapis.com/").partition("/")
        if bucket != "projects":
            return _bucket(bucket)
        text = f"projects/{rest}"
    if "/" not in text:
        return _dotted(text)
    parts = [part for part in text.split("/") if part]
    return _path(parts[1:] if parts and parts[0].endswith(_API) else parts)


def table_of(name: str) -> Name | None:
    """The table in `project.dataset.table`, without a partition; None for other texts."""
    match = _TABLE.match(name)
    return ("tables", f"{match[1]}.{match[2]}.{_PARTITION.sub('', match[3])}") if match else None


def dataset_of(table: Name) -> Name:
    """The dataset of a table."""
    return ("datasets", table[1].rpartition(".")[0])


def of_labels(labels: Mapping[str, str], service: str, project: str) -> Iterator[Name]:
    """The names in the labels of an incident or of a time series."""
    for label, value in labels.items():
        if not value or label in _NO_NAMES or (label == "job" and service in ("bigquery", "compute")):
            continue
        collection = _COLLECTIONS.get(label) or label.removesuffix("_id").removesuffix("_name") + "s"
        yield (_ALIKE.get(collection, collection), _id_of(value, collection, project))
    if target := labels.get("target"):
        yield from place_of(target).names


def _id_of(value: str, collection: str, project: str) -> str:
    """The id of a label: with its project for a dataset, without it for a database of Cloud SQL (project:instance)."""
    if collection == "datasets" and "." not in value:
        return f"{project}.{value}"
    return value.rpartition(":")[2] if collection == "instances" else value.rpartition("/")[2]


def in_text(text: str) -> frozenset[str]:
    """The words of a message that may be names: several syllables, with a digit or a separator."""
    words = (word for word in _IN_TEXT.findall(text[:4_000]) if len(word) > 4 and _TELLING.search(word))
    return frozenset(part for word in words for part in (word, *re.split(r"[/:]", word)) if len(part) > 4)


def tables_in(text: str, project: str) -> frozenset[Name]:
    """The tables that a message names in full, with a project.

    Permissions (storage.objects.get) and modules (airflow.exceptions.AirflowException) have the same form: without a colon before
    the dataset, the first part must be `project` or have a hyphen or a digit.
    """
    words = (word for word in _IN_TEXT.findall(text[:4_000]) if ":" in word or _is_project(word.split(".")[0], project))
    return frozenset(name for word in words if (name := table_of(word)))


def _is_project(word: str, project: str) -> bool:
    return word == project or any(letter == "-" or letter.isdigit() for letter in word)


def addresses_in(text: str) -> frozenset[str]:
    """The addresses of accounts in a message."""
    return frozenset(_ADDRESS.findall(text[:4_000]))


def ids(names: Iterable[Name]) -> frozenset[str]:
    """The ids of names that identify a resource without their collection."""
    return frozenset(each for _, each in names if len(each) > 2)


def _bucket(name: str) -> Place:
    composer = _COMPOSER_BUCKET.match(name)
    return Place(("buckets", name), (("environments", composer[1]),) if composer else ())


def _dotted(text: str) -> Place:
    if table := table_of(text):
        return Place(table, (dataset_of(table),), table[1].split(".")[0])
    if match := _DATASET.match(text):
        return Place(("datasets", f"{match[1]}.{match[2]}"), (), match[1])
    return Place(None)


def _path(parts: list[str]) -> Place:
    """`projects/p/zones/z/instances/i`: pairs of a collection and an id."""
    pairs = [(parts[at], parts[at + 1]) for at in range(len(parts) % 2, len(parts) - 1, 2)]
    project = next((value for collection, value in pairs if collection == "projects"), "")
    names = [(_ALIKE.get(collection, collection), value) for collection, value in pairs if collection not in _BROAD]
    for at, (collection, value) in enumerate(names):
        if collection == "datasets" and "." not in value:
            names[at] = ("datasets", f"{project}.{value}")
        elif collection == "tables" and at and names[at - 1][0] == "datasets":
            names[at] = ("tables", f"{names[at - 1][1]}.{_PARTITION.sub('', value)}")
    names = [name for name in names if name[1] != "_" and not name[1].endswith(_API)]
    if names and names[0][0] == "buckets":
        return _bucket(names[0][1])
    location = next((value for collection, value in pairs if collection in _LOCATIONS and is_regional(value)), "")
    return Place(names[-1], tuple(reversed(names[:-1])), project, location) if names else Place(None, (), project)


def is_regional(location: str) -> bool:
    """Whether a location is a region or a zone: multi-regions have different names in different services."""
    return _REGION.match(location) is not None
