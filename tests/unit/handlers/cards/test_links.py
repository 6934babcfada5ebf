"""A button opens only hosts that are known."""

from __future__ import annotations

import pytest

from handlers.cards.links import is_known, known_hosts, with_known_links
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from tests.support.incidents import incident

SETTINGS = Settings(
    link_hosts=("wiki.example.com", "*.runbooks.example.com"),
    dashboard_url="https://hinomi.example.com/base",
    connections={"airflow": {"etl": AirflowConnection("https://airflow.example.com")}},
)


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("https://console.cloud.google.com/logs/query;query=x", True),
        ("https://wiki.example.com/runbook", True),
        ("https://WIKI.example.com:8443/runbook", True),
        ("https://data.runbooks.example.com/", True),
        ("https://hinomi.example.com/incidents/1", True),
        ("https://airflow.example.com/dags/x", True),
        ("https://runbooks.example.com/", False),
        ("https://evilwiki.example.com/", False),
        ("https://wiki.example.com.evil.example/", False),
        ("https://wiki.example.com@evil.example/", False),
        ("https://console.cloud.google.com.evil.example/", False),
        ("https://xrunbooks.example.com/", False),
        ("https://[::1", False),
        ("HTTPS://wiki.example.com/", False),
        ("http://wiki.example.com/", False),
        ("javascript://wiki.example.com/%0aalert(1)", False),
        ("//wiki.example.com/", False),
        ("https:///wiki.example.com/", False),
        ("ftp://wiki.example.com/", False),
        ("https://user@wiki.example.com/", False),
        ("https://evil.example\\@wiki.example.com/", False),
        ("https://wiki.example.com\\@evil.example/", False),
        ("https://evil.example#@wiki.example.com/", False),
        ("https://wiki.example.com:99999/", False),
        ("https://wiki.example.com:port/", False),
        ("https://wiki.exam\nple.com/", False),
        (" https://wiki.example.com/", False),
        ("https://wiki.example.com/x y", False),
        ("https://wiki.example.com/\u202e", False),
        ("https://w\u0456ki.example.com/", False),
        ("https://wiki\u3002example.com/", False),
        ("https://xn--wki-hza.example.com/", False),
        ("https://.runbooks.example.com/", False),
        ("https://console.cloud.google.com:8443\t.evil.example/", False),
        ("https://console.cloud.google.com./", False),
        ("https://console.cloud.google.com%2eevil.example/", False),
        ("https://evil.example%23.runbooks.example.com/", False),
        ("https://evil.example%2f.runbooks.example.com/", False),
        ("https://evil.example;.runbooks.example.com/", False),
        ("https://evil.example!.runbooks.example.com/", False),
        ("https://console.cloud.google.com:443@evil.example/", False),
        ("https:console.cloud.google.com/", False),
        ("https:/\\console.cloud.google.com/", False),
        ("data:text/html,https://console.cloud.google.com/", False),
        ("", False),
    ],
)
def test_an_address_is_recognized_by_its_complete_host(address: str, known: bool) -> None:  # noqa: FBT001
    assert is_known(address, known_hosts(SETTINGS)) is known


def test_links_to_other_hosts_are_left_out_and_the_rest_stays() -> None:
    found = incident(log_url="https://evil.example/x", labels={"runbook": "https://evil.example", "job": "daily"})
    shown = with_known_links(found, known_hosts(SETTINGS))
    assert (shown.log_url, shown.labels) == ("", {"job": "daily"})


def test_known_links_stay() -> None:
    found = incident(log_url="https://console.cloud.google.com/x", labels={"runbook": "https://wiki.example.com/1"})
    assert with_known_links(found, known_hosts(SETTINGS)) == found


def test_an_invalid_address_of_the_dashboard_names_no_host() -> None:
    assert known_hosts(Settings(dashboard_url="https://[x")) == known_hosts(Settings())
