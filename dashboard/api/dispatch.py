"""Answers an API request: identifies the caller, checks the scope, the parameters and the body, and writes JSON."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule

from dashboard.api import openapi, problems, reading
from dashboard.api.caller import Caller, identify
from dashboard.api.problems import ProblemDetails, ProblemError
from dashboard.api.registry import operations
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiOperation
from shared import logs
from shared.errors import HinomiError, InputError, TransientError
from shared.texts import LANGUAGES
from shared.texts.api import problems as texts
from shared.texts.locale import Locale

if TYPE_CHECKING:
    from dashboard.config import DashboardConfig
    from dashboard.security.iap import IapVerifier

VERSION = "v1"
DESCRIPTION = "openapi.json"
JSON = "application/json"
# Characters that markup or a terminal could read as more than text; U+0000 to U+001F are escaped in any JSON.
_UNSAFE = re.compile("[<>&\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def respond(config: DashboardConfig, verifier: IapVerifier, path: str) -> flask.Response:
    """The response to the current request; `path` is the part after `/api/`."""
    now = config.clock()
    locale = Locale(language(), config.settings.timezone, now)
    try:
        caller = identify(config, verifier, now)
        return _response(_answer(ApiRequest(config, locale, now, caller), path), 200, JSON)
    except Exception as error:  # noqa: BLE001 - also a mistake is answered with a problem; the log has its traceback
        return problem(problem_of(error, flask.request.path), locale.language)


def problem_of(error: Exception, asked: str) -> ProblemDetails:
    """The problem for an error of a request to `asked`, a path or a tool; logged unless it is the caller's fault."""
    if isinstance(error, ProblemError):
        return error.problem
    if isinstance(error, InputError):
        return problems.invalid(error.full_text).problem
    if isinstance(error, TransientError):
        logs.log("WARNING", "the API cannot answer: a database is unavailable", reason=str(error))
        return problems.unavailable(error.full_text)
    if isinstance(error, HinomiError):
        return problems.conflict(error.full_text).problem
    if isinstance(error, ModuleNotFoundError):
        logs.log("WARNING", "the API needs a module that is not deployed", module=error.name or "")
        return problems.not_deployed()
    logs.log_error(f"the API failed: {asked}", error)
    return problems.failed()


def language() -> str:
    """The language of the parameter `lang` or of the client; English by default, because programs compare texts."""
    if (chosen := flask.request.args.get("lang")) in LANGUAGES:
        return chosen
    return flask.request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def problem(found: ProblemDetails, spoken: str) -> flask.Response:
    """The HTTP response for a problem."""
    response = _response(found.as_dict(spoken, flask.request.path), found.status, problems.MEDIA_TYPE)
    response.headers.update(found.headers)
    return response


def _answer(request: ApiRequest, path: str) -> Any:
    """The answer as JSON. Raises ProblemError, and what its operation raises."""
    if _has_nul():
        raise problems.invalid(texts.NUL)
    if path == f"{VERSION}/{DESCRIPTION}" and flask.request.method in ("GET", "HEAD"):
        return openapi.description()
    operation, numbers = _matched(path)
    _check_scope(operation, request.caller)
    values: dict[str, Any] = dict(numbers)
    query = reading.query(operation.query, flask.request.args)
    if "query" in operation.hints:
        values["query"] = query
    if operation.body is not None:
        values["body"] = reading.body(operation.body)
    made = operation.function(request, **values)
    if operation.method != "GET" or request.caller.is_program:
        logs.log("INFO", "API called", operation=operation.name, by=request.caller.name, **numbers)
    return made.as_json()


def _matched(path: str) -> tuple[ApiOperation, dict[str, int]]:
    """The operation of an address, and the numbers in it. Raises ProblemError for an unknown address."""
    adapter = _addresses().bind("")
    method = flask.request.method
    try:
        found, values = adapter.match(f"/{path}", method="GET" if method == "HEAD" else method)
    except MethodNotAllowed as error:
        # Werkzeug also names methods of an address whose number is out of range.
        allowed = [each for each in error.valid_methods or () if adapter.test(f"/{path}", method=each)]
        raise (problems.wrong_method(allowed) if allowed else problems.not_found(texts.NO_ADDRESS)) from error
    except HTTPException as error:
        raise problems.not_found(texts.NO_ADDRESS) from error
    return found, dict(values)


@cache
def _addresses() -> Map:
    """The addresses of all operations."""
    rules = [
        Rule(f"/{VERSION}{each.path}", endpoint=each, methods=[each.method], merge_slashes=False)
        for each in operations()
    ]
    return Map(rules, strict_slashes=True, redirect_defaults=False)


def _check_scope(operation: ApiOperation, caller: Caller) -> None:
    if operation.scope not in caller.scopes:
        held = ", ".join(sorted(caller.scopes)) or "-"
        detail = texts.NEEDS_SCOPE(scope=str(operation.scope), held=held)
        raise problems.forbidden(detail, texts.NEEDS_SCOPE_ACTION(scope=str(operation.scope)))


def _has_nul() -> bool:
    args = flask.request.args
    return any("\0" in name or "\0" in value for name, value in args.items(multi=True)) or "\0" in flask.request.path


def _response(value: Any, status: int, media_type: str) -> flask.Response:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    safe = _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return flask.Response(safe + "\n", status=status, content_type=media_type)
