"""Error pages. They read no database, and reveal no more than a reason."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import flask
from werkzeug.exceptions import HTTPException

from dashboard import rendering
from dashboard.page_request import PageRequest
from dashboard.registry import discover
from shared import logs
from shared.errors import InputError, TransientError
from shared.texts import Text
from shared.texts.dashboard import common

_PAGES: Mapping[int, tuple[Text, Text]] = {
    400: (common.INVALID_TITLE, common.INVALID),
    403: (common.FORBIDDEN_TITLE, common.FORBIDDEN_PERSON),
    404: (common.NOT_FOUND_TITLE, common.NOT_FOUND),
    409: (common.EXPIRED_TITLE, common.EXPIRED),
}


_OF_FORMS: Mapping[int, Text] = {400: common.INVALID_FORM, 413: common.FORM_TOO_LARGE}


def register(app: flask.Flask) -> None:
    """Registers the pages."""
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(TransientError, unavailable)
    app.register_error_handler(InputError, invalid)
    app.register_error_handler(ModuleNotFoundError, not_deployed)
    app.register_error_handler(Exception, broken)


def failure(status: int, title: Text, text: Text) -> tuple[str, int]:
    """A page with a title and an explanation, without the frame for a person who was not identified."""
    request = flask.g.get("page_request")
    if request is None:
        return flask.render_template("errors/bare.html", title=title, text=text, status=status), status
    made = flask.render_template(
        "errors/page.html", request=request, page=None, title=title, text=text, **rendering.frame(request, counts=False)
    )
    return made, status


def http_error(error: HTTPException) -> flask.typing.ResponseReturnValue | HTTPException:
    """The page for an HTTP status; redirects pass through, and an invalid form is shown again."""
    status = error.code or 500
    if status < 400:
        return error
    if status in _OF_FORMS and (again := _form_again(_OF_FORMS[status])):
        return again
    title, text = _PAGES.get(status, _PAGES[400] if status < 500 else (common.FAILED_TITLE, common.FAILED_PAGE))
    if status == 403 and (needed := flask.g.get("needed_role")):
        text = common.FORBIDDEN_ROLE(needed=needed.text, setting=f"HINOMI_DASHBOARD_{needed.upper()}S")
    return failure(status, title, text)


def unavailable(error: TransientError) -> tuple[str, int]:
    """The page while a database, or before that the keys that identify people, cannot be read; never says that the platform is healthy."""
    if "page_request" not in flask.g:
        logs.log("WARNING", "nobody can be identified", reason=str(error))
        return failure(503, common.NO_SIGN_IN_TITLE, error.full_text)
    logs.log("WARNING", "a page could not be shown: a database is unavailable", reason=str(error))
    reason = Text(en=error.in_language("en"), ja=error.in_language("ja"))
    return failure(503, common.UNAVAILABLE_TITLE, common.UNAVAILABLE(reason=reason))


def invalid(error: InputError) -> flask.typing.ResponseReturnValue:
    """The page for an invalid value in an address, with the mistake; for an invalid form, the page of the form."""
    return _form_again(error.full_text) or failure(400, common.INVALID_TITLE, error.full_text)


def _form_again(text: Text) -> flask.typing.ResponseReturnValue | None:
    """The page with the submitted form and the mistake; None if the request was not a form."""
    request: PageRequest | None = flask.g.get("page_request")
    if request is None or flask.request.method != "POST":
        return None
    request.refuse(text)
    return flask.redirect(_page_of_form(), code=303)


def _page_of_form() -> str:
    """The page from which the form was sent, if it is one of the dashboard, otherwise the page that has the form."""
    sent_from = urlsplit(flask.request.referrer or "")
    if (
        sent_from.netloc == flask.request.host
        and sent_from.path.startswith("/")
        and sent_from.path[1:2] not in ("/", "\\")
    ):
        return urlunsplit(("", "", sent_from.path, sent_from.query, ""))
    name = (flask.request.endpoint or "").partition(".")[0]
    page = next((each for each in discover() if each.name == name), None)
    if page and page.within:
        page = next((each for each in discover() if each.name == page.within), None)
    return flask.url_for(page.endpoint) if page and "<" not in page.routes[0].path else "/"


def not_deployed(error: ModuleNotFoundError) -> tuple[str, int]:
    """The page for a part that needs the code or packages of the command line, which a function does not have."""
    logs.log("WARNING", "a page needs a module that is not deployed", module=error.name or "")
    return failure(501, common.NOT_DEPLOYED_TITLE, common.NOT_DEPLOYED)


def broken(error: Exception) -> tuple[str, int]:
    """The page for a fault of the dashboard itself. The log has the traceback; the page has no details."""
    flask.current_app.logger.error("a page failed: %s", flask.request.path, exc_info=error)
    return failure(500, common.FAILED_TITLE, common.FAILED_PAGE)
