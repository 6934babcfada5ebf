"""The names of an incident's resource in the forms that patterns of owners and layers of the platform map use."""

from __future__ import annotations

from collections.abc import Iterator

from shared.lazy.pattern import lazy_pattern
from shared.records import IncidentView

LABELS = ("target", "dataset", "bucket", "topic")  # resources of an incident beside its own, such as a job's table
_DATASET = lazy_pattern(r"projects/([^/\s,]+)/datasets/([^/\s,]+)(?:/tables/([^/\s,]+))?")
_BUCKET = lazy_pattern(r"(?:projects/_/buckets/|//storage\.googleapis\.com/)([^/\s,]+)")
_DOTTED = lazy_pattern(r"((?:[a-z0-9.-]+:)?[a-z0-9-]+)\.(\w+)(?:\.(\w[^\s,.]*))?")
_TOPIC = lazy_pattern(r"projects/[^/\s,]+/topics/[^/\s,]+")


def resource_names(incident: IncidentView) -> tuple[str, ...]:
    """The resource as the incident has it, and in the forms that people write: project.dataset.table, gs://bucket."""
    names = [incident.resource]
    for kind, name in typed_names(incident):
        names.append(name)
        if kind == "buckets":
            names.append(f"gs://{name}")
    names += [f"{project}.{dataset}.{table}" for project, dataset, table in _tables(incident) if table]
    return tuple(dict.fromkeys(name for name in names if name))


def typed_names(incident: IncidentView) -> tuple[tuple[str, str], ...]:
    """The datasets, buckets, topics, DAGs and pipelines of the incident, by kind and name as in the platform map."""
    return tuple(dict.fromkeys((kind, name) for kind, name in _typed(incident) if name))


def _typed(incident: IncidentView) -> Iterator[tuple[str, str]]:
    yield from (("datasets", f"{project}.{dataset}") for project, dataset, _ in _tables(incident))
    for text in _texts(incident):
        yield from (("buckets", found[1]) for found in _BUCKET.finditer(text))
        yield from (("topics", found[0]) for found in _TOPIC.finditer(text))
    first, _, rest = incident.resource.partition("/")
    label = incident.labels.get
    if incident.service == "storage" and not rest:
        yield "buckets", first
    if (topic := label("topic", "")) and "/" not in topic:
        yield "topics", f"projects/{incident.project}/topics/{topic}"
    if (bucket := label("bucket", "")) and "/" not in bucket:
        yield "buckets", bucket
    if (dataset := label("dataset", "")) and dataset.isidentifier():
        yield "datasets", f"{incident.project}.{dataset}"
    yield "dags", label("dag") or label("dag_id") or ""
    is_load = incident.rule.startswith("load/")  # its resources begin with the project
    if incident.service == "composer" and not is_load:
        yield "dags", rest.partition("/")[0]
    yield "pipelines", label("pipeline") or ""
    if incident.service == "vertex_ai" and not is_load:
        yield "pipelines", first if first != "projects" else ""


def _tables(incident: IncidentView) -> Iterator[tuple[str, str, str]]:
    yield from _dotted(incident)
    for text in _texts(incident):
        yield from ((found[1], found[2], found[3] or "") for found in _DATASET.finditer(text))


def _dotted(incident: IncidentView) -> Iterator[tuple[str, str, str]]:
    """A dataset or table as people write it, which incidents about the platform map and about checks of tables have."""
    written = [
        incident.labels.get("table", ""),
        *([incident.resource] if incident.rule.startswith("platform/") else []),
    ]
    for found in filter(None, map(_DOTTED.fullmatch, written)):
        yield found[1], found[2], found[3] or ""


def _texts(incident: IncidentView) -> list[str]:
    return [incident.resource, *(incident.labels[name] for name in LABELS if name in incident.labels)]
