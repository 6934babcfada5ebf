"""The dashboard on the two databases of a test, at a fixed time, and visitors who open its pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from dashboard.app import make_app
from dashboard.config import DashboardConfig
from dashboard.security import csrf, iap
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared.config import Settings

NOW = datetime(2026, 11, 25, 18, 12, 10, tzinfo=UTC)  # 03:12 on Thursday 26 November in Tokyo
SETTINGS = Settings(timezone="Asia/Tokyo", project="example-project")


class CompiledTemplates(BytecodeCache):
    """Shares compiled templates among all applications of this process: compiling them costs more than most tests."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Uses the template if another application has compiled it."""
        if compiled := self._compiled.get(bucket.key):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Stores a compiled template."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


flask.Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}


class KnownPeople(iap.IapVerifier):
    """Accepts a person's address as their token, without a signature; tests/unit/dashboard/test_iap.py tests signatures."""

    def __init__(self) -> None:
        super().__init__("audience", fetch=dict)

    def email(self, assertion: str) -> str:
        """The assertion itself: in these tests it is the e-mail address."""
        return assertion


@dataclass
class Visitor:
    """A person with a browser."""

    app: flask.Flask
    person: str = ""

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def open(self, address: str, **headers: str) -> TestResponse:
        """Opens an address; returns the response."""
        return self.client.get(address, headers={**self._identity(), **headers})

    def read(self, address: str, status: int = 200) -> str:
        """Opens a page; returns its text without tags, with single spaces."""
        response = self.open(address)
        assert response.status_code == status, response.text
        return as_text(response.text)

    def send(self, address: str, token: str | None = None, **fields: str | list[str]) -> TestResponse:
        """Sends a form with the token of this browser, or with `token`; returns the response."""
        if (cookie := self.client.get_cookie("csrf")) is None:
            self.client.set_cookie("csrf", "t" * 43)
            cookie = self.client.get_cookie("csrf")
        form = {**fields, csrf.FIELD: cookie.value if token is None and cookie else token}
        return self.client.post(address, data=form, headers=self._identity())

    def refused(self, address: str, sent_from: str, **fields: str) -> str:
        """Sends a form that must be rejected; returns the text of the page that shows it again."""
        self.client.environ_base["HTTP_REFERER"] = f"http://localhost{sent_from}"
        answer = self.send(address, None, **fields)
        del self.client.environ_base["HTTP_REFERER"]
        assert (answer.status_code, answer.location) == (303, sent_from)
        page = self.read(sent_from)
        assert "Nothing was changed." in page
        return page

    def _identity(self) -> dict[str, str]:
        return {iap.HEADER: self.person} if self.person else {}


def as_text(html: str) -> str:
    """The visible text of a page, without its head, drawings and tags."""
    body = re.sub(
        r"<head>.*?</head>|<svg class=\"sprite\".*?</symbol>\n</svg>|<script.*?</script>|<wbr>",
        "",
        html,
        flags=re.DOTALL,
    )
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body))).strip()


@dataclass
class Dashboard:
    """Creates visitors. Settings of the installation may be changed before the first visitor."""

    error_store: ErrorStore
    schema_store: SchemaStore
    clock: Callable[[], datetime] = lambda: NOW

    def local(self, settings: Settings = SETTINGS) -> Visitor:
        """A visitor on this machine, who may do everything."""
        return Visitor(make_app(self._config(settings, "alice")))

    def deployed(self, person: str, **settings: Any) -> Visitor:
        """A visitor whom Identity-Aware Proxy has authenticated."""
        chosen = replace(SETTINGS, on_google_cloud=True, **settings)
        return Visitor(make_app(self._config(chosen, ""), KnownPeople()), person)

    def _config(self, settings: Settings, local_user: str) -> DashboardConfig:
        return DashboardConfig(settings, lambda: self.error_store, lambda: self.schema_store, self.clock, local_user)
