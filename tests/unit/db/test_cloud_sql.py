"""Logins to Cloud SQL with a token."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from db import cloud_sql
from db.engine import make_engine, parse_url


@pytest.mark.parametrize(
    ("url", "wants"),
    [
        ("postgresql+psycopg://hinomi-metrics%40p.iam@/hinomi_error?host=/cloudsql/p:r:i", True),
        ("postgresql+psycopg://hinomi-metrics%40p.iam:secret@/hinomi_error", False),
        ("postgresql+psycopg://hinomi@127.0.0.1/hinomi", False),
    ],
)
def test_a_service_account_without_a_password_takes_a_token(url: str, *, wants: bool) -> None:
    assert cloud_sql.uses_token(parse_url(url)) is wants


def test_a_connection_gets_the_token_as_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_sql, "_credentials", [SimpleNamespace(valid=True, token="made-up")])
    engine = make_engine("postgresql+psycopg://hinomi-metrics%40p.iam@/hinomi_error?host=/nowhere")
    given: dict[str, Any] = {}
    for listener in engine.dialect.dispatch.do_connect:
        listener(engine.dialect, None, [], given)
    engine.dispose()
    assert given == {"password": "made-up"}
