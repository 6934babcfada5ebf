"""Restricts links in messages to known hosts: a report or a log entry must not link to a host of its own choice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from shared.config import Settings
from shared.connections import airflow
from shared.records import IncidentView
from shared.secret_urls import LOOPBACK_HOSTS

# Hosts of links that Hinomi and Cloud Monitoring create.
CONSOLE = frozenset({"console.cloud.google.com", "app.google.stackdriver.com"})
LINKS = ("runbook",)
_ADDRESS = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*")


def known_hosts(settings: Settings) -> frozenset[str]:
    """The console, the dashboard, the Airflow servers of the settings, and HINOMI_LINK_HOSTS."""
    return frozenset({*CONSOLE, *(host.casefold() for host in settings.link_hosts), *_hosts_of(settings)})


def with_known_links(incident: IncidentView, hosts: Collection[str]) -> IncidentView:
    """The incident without links to other hosts."""
    labels = {name: text for name, text in incident.labels.items() if name not in LINKS or is_known(text, hosts)}
    log_url = incident.log_url if is_known(incident.log_url, hosts) else ""
    if log_url == incident.log_url and len(labels) == len(incident.labels):
        return incident
    return replace(incident, log_url=log_url, labels=labels)


def is_known(address: str, hosts: Collection[str]) -> bool:
    """Whether an address is on one of the hosts; `*.example.com` matches every host in that domain.

    A browser opens it as it is read here: it is https (http on this machine only), in ASCII, and names no user.
    """
    if not _ADDRESS.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        host, _ = (parts.hostname or "").casefold(), parts.port
    except ValueError:
        return False
    if parts.username is not None or (parts.scheme == "http" and host not in LOOPBACK_HOSTS):
        return False
    _, _, domain = host.partition(".")
    return host in hosts or (bool(domain) and any(host.endswith(wild[1:]) for wild in hosts if wild.startswith("*.")))


def _hosts_of(settings: Settings) -> Iterator[str]:
    addresses = [settings.dashboard_url, *(connection.url for connection in airflow.configured(settings).values())]
    for address in addresses:
        if host := urlsplit(address).hostname:
            yield host.casefold()
