"""Pages for requests that fail. None of them reads a database, and none reveals more than a reason."""

from __future__ import annotations

from collections.abc import Mapping

import flask
from werkzeug.exceptions import HTTPException

from dashboard import rendering
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


def register(app: flask.Flask) -> None:
    """Registers the pages."""
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(TransientError, unavailable)
    app.register_error_handler(InputError, invalid)
    app.register_error_handler(ModuleNotFoundError, not_deployed)
    app.register_error_handler(Exception, broken)


def failure(status: int, title: Text, text: Text) -> tuple[str, int]:
    """A page with a title and an explanation. Whoever was not identified gets the explanation without the frame."""
    request = flask.g.get("page_request")
    if request is None:
        return flask.render_template("errors/bare.html", title=title, text=text, status=status), status
    made = flask.render_template(
        "errors/page.html", request=request, page=None, title=title, text=text, **rendering.frame(request, counts=False)
    )
    return made, status


def http_error(error: HTTPException) -> tuple[str, int] | HTTPException:
    """The page of an HTTP status; a redirect stays one."""
    status = error.code or 500
    if status < 400:
        return error
    title, text = _PAGES.get(status, _PAGES[400] if status < 500 else (common.FAILED_TITLE, common.FAILED_PAGE))
    return failure(status, title, text)


def unavailable(error: TransientError) -> tuple[str, int]:
    """The page while a database does not answer: it never says that the platform is well."""
    logs.log("WARNING", "a page could not be shown: a database is unavailable", reason=str(error))
    reason = Text(en=error.in_language("en"), ja=error.in_language("ja"))
    return failure(503, common.UNAVAILABLE_TITLE, common.UNAVAILABLE(reason=reason))


def invalid(error: InputError) -> tuple[str, int]:
    """The page for an invalid value in an address or a form, with what is wrong."""
    return failure(400, common.INVALID_TITLE, error.full_text)


def not_deployed(error: ModuleNotFoundError) -> tuple[str, int]:
    """The page for one that needs the code or packages of the command line, which a function does not have."""
    logs.log("WARNING", "a page needs a module that is not deployed", module=error.name or "")
    return failure(501, common.NOT_DEPLOYED_TITLE, common.NOT_DEPLOYED)


def broken(error: Exception) -> tuple[str, int]:
    """The page for a mistake of the dashboard itself; the log has the traceback, the page nothing of it."""
    flask.current_app.logger.error("a page failed: %s", flask.request.path, exc_info=error)
    return failure(500, common.FAILED_TITLE, common.FAILED_PAGE)
