"""Secrets and URLs: allowed targets, URLs with secrets, and how they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.secret_urls import contains_password, protects_secrets, shown_database

PASSWORD = "hunter2"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql+psycopg://u:hunter2@h:5432/x?sslmode=require",
            "postgresql+psycopg://<secret>@h:5432/x?sslmode=require",
        ),
        ("postgresql+psycopg://u:hunt@hunter2@h/x", "postgresql+psycopg://<secret>@h/x"),
        (
            "postgresql+psycopg://u@h/x?password=hunter2&sslmode=require",
            "postgresql+psycopg://<secret>@h/x?password=<secret>&sslmode=require",
        ),
        ("postgresql+psycopg://u@h/x?passfile=hunter2", "postgresql+psycopg://<secret>@h/x?passfile=<secret>"),
        ("postgresql+psycopg://u@h:5432/x", "postgresql+psycopg://<secret>@h:5432/x"),
        (
            "postgresql+psycopg://a%40b-data@/x?host=/cloudsql/p:r:i",
            "postgresql+psycopg://a%40b-data@/x?host=/cloudsql/p:r:i",
        ),
        ("sqlite:///.hinomi/error.db", "sqlite:///.hinomi/error.db"),
        ("https://hunter2@example.com/x", "https://<secret>@example.com/x"),
        ("https://example.com/x?code=hunter2", "https://example.com/x?<secret>"),
        ("https://hinomi.example.com", "https://hinomi.example.com"),
    ],
)
def test_a_url_is_shown_without_possible_secrets(url: str, expected: str) -> None:
    assert shown_database(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "postgresql:u:hunter2@h/x",
        "postgresql://u:hun/ter2@h/x",
        "postgresql://u:12/hunter2@h/x",
        "postgresql://u:12?hunter2@h/x",
        "postgresql://u:12#hunter2@h/x",
        "postgresql://u:hunter2 @ h/x",
        "host=h password=hunter2",
        "postgresql://u@h/x?hunter2",
        "postgresql://u@h/x?host=u:hunter2@h",
        "://u:hunter2@h",
    ],
)
def test_an_unusual_form_shows_no_password(url: str) -> None:
    assert PASSWORD not in shown_database(url)


@given(st.text(alphabet="ab12:/?#@&=%;[] é", max_size=12), st.sampled_from(["", "/x", "/x?sslmode=require"]))
def test_no_password_is_shown_whatever_surrounds_it(noise: str, end: str) -> None:
    assert PASSWORD not in shown_database(f"postgresql://u:{noise}{PASSWORD}{noise}@host{end}")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:hunter2@h/x",
        "postgresql://u:hun/ter2@h/x",
        "postgresql://u:12/hunter2@h/x",
        "postgresql://u@h/x?password=hunter2",
        "https://example.com/hook?sig=hunter2",
        "https://alice:hunter2@example.com",
        "host=h password=hunter2",
    ],
)
def test_a_password_in_a_setting_is_found(text: str) -> None:
    assert contains_password(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ja",
        "https://hinomi.example.com:8443/incidents",
        "https://example.com:443/x@v1",
        "postgresql+psycopg://alice%40example.com@127.0.0.1:5433/hinomi_error",
        "postgresql+psycopg://u@/x?host=/cloudsql/p:r:i",
        "*password*,*secret*",
        "http://[::1]:8080",
    ],
)
def test_a_setting_without_a_password_is_accepted(text: str) -> None:
    assert not contains_password(text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", True),
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("http://example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("https://[x", False),
        ("https://", False),
        ("ftp://example.com", False),
    ],
)
def test_a_secret_is_sent_over_https_or_to_this_machine(url: str, expected: bool) -> None:  # noqa: FBT001
    assert protects_secrets(url) is expected
