"""The dashboard as a Flask application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import flask
from werkzeug.datastructures import MultiDict
from werkzeug.routing import IntegerConverter, Map, Rule

from dashboard import assets, compression, failures, rendering
from dashboard.config import DashboardConfig
from dashboard.page import Page, Route
from dashboard.page_request import PageRequest
from dashboard.registry import discover
from dashboard.security import csrf, headers, identity
from dashboard.security.groups import PeopleGroups
from dashboard.security.iap import IapVerifier
from dashboard.security.roles import User, UserRole, role_of
from shared import front_door
from shared.texts import LANGUAGES
from shared.texts.locale import Locale

MAX_FORM = 1 << 20
MOST_NUMBER = 2**31 - 1  # identifiers are integers of four bytes in PostgreSQL
LANGUAGE = "lang"
YEAR = 31_536_000
API = "/api"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Requests that need no person, and those that identify their caller themselves.
WITHOUT_PERSON = ("alive", "static_file", "api", "badge")


class NumberConverter(IntegerConverter):
    """The number in an address. A number above every possible database id is answered with "not found"."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - as in Werkzeug
        super().__init__(map, max=MOST_NUMBER)


class LazyRule(Rule):
    """A rule of Werkzeug that starts fast: other rules compile two functions each, and a page builds few addresses."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - as in Werkzeug
        """The function that builds an address. Werkzeug binds it to the rule."""
        compile_now = super()._compile_builder
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(own: Rule, /, **values: str) -> tuple[str, str]:
            if not compiled:
                compiled.append(compile_now(append_unknown))
            return compiled[0](own, **values)

        return build


def make_app(config: DashboardConfig, verifier: IapVerifier | None = None, *, more: Iterable[Page] = ()) -> flask.Flask:
    """The application with every page of dashboard/pages and `more`.

    `verifier` replaces the check of Google's keys in a test.
    """
    app = flask.Flask("dashboard", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM
    app.url_rule_class = LazyRule
    app.url_map.converters = {**app.url_map.converters, "int": NumberConverter}
    rendering.prepare(app)
    failures.register(app)
    app.add_url_rule(front_door.LIVENESS, "alive", _alive)
    app.add_url_rule("/static/<digest>/<path:name>", "static_file", assets.static_file)
    for page in (*discover(), *more):
        for route in page.routes:
            app.add_url_rule(route.path, page.endpoint_of(route), _view(page, route), methods=[route.method])
    verifier = verifier or IapVerifier(config.settings.dashboard_audience)
    answer = _api(config, verifier)
    for path in (f"{API}/", f"{API}/<path:path>"):
        app.add_url_rule(path, "api", answer, methods=METHODS, provide_automatic_options=False)
    app.add_url_rule("/badge.svg", "badge", _badge(config, verifier))
    app.before_request(_Opened(config, verifier, answer).open)
    for after in (compression.compress, rendering.remember_notice, csrf.remember, _remember_language, headers.protect):
        app.after_request(after)
    return app


class _Opened:
    """Opens each request: identifies the person, chooses the language, and refuses what must not reach a page."""

    def __init__(self, config: DashboardConfig, verifier: IapVerifier, api: Callable[[str], flask.Response]) -> None:
        self._config = config
        self._verifier = verifier
        self._api = api
        self._groups = PeopleGroups(config)

    def open(self) -> flask.Response | None:
        """Sets `flask.g.page_request`. Aborts with 403 for an unknown person and 409 for a forged form.

        An address below that of the API which no rule matches, such as one with a line break, is answered by the API.
        """
        now = self._config.clock()
        flask.g.locale = Locale(_language(self._config.settings.language), self._config.settings.timezone, now)
        if flask.request.endpoint in WITHOUT_PERSON:
            return None
        if flask.request.endpoint is None and flask.request.path.startswith(f"{API}/"):
            return self._api(flask.request.path.removeprefix(f"{API}/"))
        user = self._user(now)
        if user is None:
            flask.abort(403)
        flask.g.page_request = PageRequest(self._config, flask.g.locale, now, user)
        if csrf.is_forged():
            flask.abort(409)
        if _has_nul(flask.request.args) or _has_nul(flask.request.form) or "\0" in flask.request.path:
            flask.abort(400)  # PostgreSQL stores and compares no such text
        flask.g.shown_notice = rendering.read_notice()
        return None

    def _user(self, now: datetime) -> User | None:
        """The person, None if they may see nothing. A local dashboard accepts only names of this machine (DNS rebinding)."""
        if self._config.local_user:
            return User(self._config.local_user, UserRole.ADMIN) if identity.is_this_machine() else None
        email = identity.behind_proxy(self._verifier)
        groups = self._groups
        role = role_of(email, self._config.settings, lambda: groups.of(email, now)) if email else None
        return User(email, role) if role else None


def _view(page: Page, route: Route) -> Callable[..., Any]:
    """The function that Flask calls: checks the role, and renders what the function of the page returns."""

    def view(**values: Any) -> Any:
        request: PageRequest = flask.g.page_request
        if not request.may(route.role):
            flask.g.needed_role = route.role
            flask.abort(403)
        answer = route.function(request, **values)
        return rendering.page(request, page, route.template, answer) if isinstance(answer, dict) else answer

    return view


def _api(config: DashboardConfig, verifier: IapVerifier) -> Callable[..., flask.Response]:
    """The function that answers the JSON API; its code is imported with the first request to it."""

    def answer(path: str = "") -> flask.Response:
        from dashboard.api.dispatch import respond  # noqa: PLC0415

        return respond(config, verifier, path)

    return answer


def _badge(config: DashboardConfig, verifier: IapVerifier) -> Callable[[], flask.Response]:
    """The function that answers the status badge, imported with the first request to it."""

    def answer() -> flask.Response:
        from dashboard.badge.response import respond  # noqa: PLC0415

        return respond(config, verifier)

    return answer


def _has_nul(values: MultiDict[str, str]) -> bool:
    return any("\0" in name or "\0" in value for name, value in values.items(multi=True))


def _alive() -> tuple[str, int, dict[str, str]]:
    return "ok", 200, {"Content-Type": "text/plain; charset=utf-8"}


def _language(default: str) -> str:
    """The language of the address, of the cookie, of the browser, or of the installation."""
    for named in (flask.request.args.get(LANGUAGE), flask.request.cookies.get(LANGUAGE)):
        if named in LANGUAGES:
            return named
    return flask.request.accept_languages.best_match(LANGUAGES) or default


def _remember_language(response: flask.Response) -> flask.Response:
    """Keeps the language that the address chose."""
    if flask.request.args.get(LANGUAGE) in LANGUAGES:
        secure = flask.request.is_secure
        chosen = flask.request.args[LANGUAGE]
        response.set_cookie(LANGUAGE, chosen, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    return response
