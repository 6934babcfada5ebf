"""Limits links in messages and in the terminal to known hosts, so that a report or a log entry cannot link to a host of its choice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from shared.config import Settings
from shared.connections import airflow
from shared.lazy.pattern import lazy_pattern
from shared.records import IncidentDetail, IncidentView, OccurrenceView, Owner
from shared.secret_urls import LOOPBACK_HOSTS

# Hosts of links that Hinomi and Cloud Monitoring create.
CONSOLE = frozenset({"console.cloud.google.com", "app.google.stackdriver.com"})
LINKS = ("runbook",)
LONGEST_HOST = 60  # characters of an invalid address
_HOST = lazy_pattern(r"[a-z0-9_.-]+")  # clients disagree about what other characters in a host mean
_ADDRESS = lazy_pattern(r"https?://[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*")


def known_hosts(settings: Settings) -> frozenset[str]:
    """The console, the dashboard, the Airflow servers of the settings, and HINOMI_LINK_HOSTS."""
    return frozenset({*CONSOLE, *(host.casefold() for host in settings.link_hosts), *_hosts_of(settings)})


def with_known_links(incident: IncidentView, hosts: Collection[str]) -> IncidentView:
    """The incident without links to unknown hosts."""
    return replace(
        incident,
        log_url=incident.log_url if is_known(incident.log_url, hosts) else "",
        labels=_labels(incident.labels, hosts),
        evidence=_evidence(incident.evidence, hosts),
        owner=_owner(incident.owner, hosts),
    )


def detail_with_known_links(detail: IncidentDetail, hosts: Collection[str]) -> IncidentDetail:
    """The incident and its occurrences without links to unknown hosts."""
    return replace(
        detail,
        incident=with_known_links(detail.incident, hosts),
        occurrences=[_occurrence(one, hosts) for one in detail.occurrences],
    )


def _occurrence(one: OccurrenceView, hosts: Collection[str]) -> OccurrenceView:
    log_url = one.log_url if is_known(one.log_url, hosts) else ""
    return replace(one, log_url=log_url, evidence=_evidence(one.evidence, hosts))


def _evidence(evidence: Mapping[str, Any], hosts: Collection[str]) -> dict[str, Any]:
    labels = evidence.get("labels")
    return {**evidence, "labels": _labels(labels, hosts)} if isinstance(labels, dict) else dict(evidence)


def _owner(owner: Owner | None, hosts: Collection[str]) -> Owner | None:
    return replace(owner, runbook="") if owner and not is_known(owner.runbook, hosts) else owner


def _labels(labels: Mapping[str, str], hosts: Collection[str]) -> dict[str, str]:
    return {name: text for name, text in labels.items() if name not in LINKS or is_known(text, hosts)}


def unknown_hosts(incident: IncidentView, hosts: Collection[str]) -> list[str]:
    """The unknown hosts of its links, and invalid addresses, shortened for display."""
    of_owner = incident.owner.runbook if incident.owner else ""
    links = [incident.log_url, *(incident.labels.get(name, "") for name in LINKS), of_owner]
    omitted = [link for link in links if link and not is_known(link, hosts)]
    return list(dict.fromkeys(_host(link) or link[:LONGEST_HOST] for link in omitted))


def is_known(address: str, hosts: Collection[str]) -> bool:
    """Whether an address is on one of the hosts; `*.example.com` matches every host in that domain.

    The address must be https (http only on this machine), in ASCII, and without a user, so that a browser reads it in
    the same way.
    """
    if not _ADDRESS.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        host, _ = (parts.hostname or "").casefold(), parts.port
    except ValueError:
        return False
    if (
        not _HOST.fullmatch(host)
        or parts.username is not None
        or (parts.scheme == "http" and host not in LOOPBACK_HOSTS)
    ):
        return False
    _, _, domain = host.partition(".")
    return host in hosts or (bool(domain) and any(host.endswith(wild[1:]) for wild in hosts if wild.startswith("*.")))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _hosts_of(settings: Settings) -> Iterator[str]:
    addresses = [settings.dashboard_url, *(connection.url for connection in airflow.configured(settings).values())]
    for address in addresses:
        if host := _host(address):
            yield host.casefold()
