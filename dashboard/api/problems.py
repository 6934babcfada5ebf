"""Errors as problem details (RFC 9457): what happened, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.texts import Text
from shared.texts.api import problems as texts

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:hinomi:problem:"


@dataclass(frozen=True, slots=True)
class FieldError:
    """A problem with one parameter or one field of a body."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """A problem. `name` identifies its kind; `title` says what happened, `detail` why, `action` what to do."""

    status: int
    name: str
    title: Text
    detail: Text
    action: Text
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self, language: str, path: str) -> dict[str, object]:
        """The body of the response, in a language."""
        made: dict[str, object] = {
            "type": f"{TYPE}{self.name}",
            "title": self.title.in_language(language),
            "status": self.status,
            "detail": self.detail.in_language(language),
            "instance": path,
            "action": self.action.in_language(language),
        }
        if self.errors:
            made["errors"] = [{"field": each.field, "message": each.message} for each in self.errors]
        return made


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, problem: ProblemDetails) -> None:
        super().__init__(problem.title.en)
        self.problem = problem


def invalid(detail: Text, errors: Sequence[FieldError] = ()) -> ProblemError:
    """The problem for an invalid parameter or body."""
    return ProblemError(ProblemDetails(400, "invalid", texts.INVALID, detail, texts.INVALID_ACTION, errors))


def unauthorized(detail: Text) -> ProblemError:
    """The problem for a caller who is unknown, or who has no access."""
    challenge = {"WWW-Authenticate": 'Bearer realm="hinomi"'}
    problem = ProblemDetails(
        401, "unauthorized", texts.UNAUTHORIZED, detail, texts.UNAUTHORIZED_ACTION, headers=challenge
    )
    return ProblemError(problem)


def forbidden(detail: Text, action: Text) -> ProblemError:
    """The problem for a known caller who lacks the permission."""
    return ProblemError(ProblemDetails(403, "forbidden", texts.FORBIDDEN, detail, action))


def forged() -> ProblemError:
    """The problem for a change from a browser without its CSRF token."""
    return ProblemError(ProblemDetails(403, "csrf", texts.FORGED, texts.FORGED_DETAIL, texts.FORGED_ACTION))


def not_found(detail: Text) -> ProblemError:
    """The problem for an unknown object or address."""
    return ProblemError(ProblemDetails(404, "not-found", texts.NOT_FOUND, detail, texts.NOT_FOUND_ACTION))


def wrong_method(allowed: Sequence[str]) -> ProblemError:
    """The problem for a method that the address does not have."""
    methods = ", ".join(sorted(allowed))
    detail = texts.WRONG_METHOD_DETAIL(methods=methods)
    problem = ProblemDetails(
        405, "method", texts.WRONG_METHOD, detail, texts.WRONG_METHOD_ACTION, headers={"Allow": methods}
    )
    return ProblemError(problem)


def conflict(detail: Text) -> ProblemError:
    """The problem for a change that the state of the object does not allow."""
    return ProblemError(ProblemDetails(409, "conflict", texts.CONFLICT, detail, texts.CONFLICT_ACTION))


def too_large(most: int) -> ProblemError:
    """The problem for a body that is too large."""
    detail = texts.TOO_LARGE_DETAIL(kib=most // 1024)
    return ProblemError(ProblemDetails(413, "too-large", texts.TOO_LARGE, detail, texts.TOO_LARGE_ACTION))


def wrong_media_type() -> ProblemError:
    """The problem for a body that is not declared as JSON."""
    return ProblemError(
        ProblemDetails(415, "media-type", texts.MEDIA_TYPE, texts.MEDIA_TYPE_DETAIL, texts.MEDIA_TYPE_ACTION)
    )


def failed() -> ProblemDetails:
    """The problem for a fault of Hinomi itself. The log has the traceback; the response has no details."""
    return ProblemDetails(500, "failed", texts.FAILED, texts.FAILED_DETAIL, texts.FAILED_ACTION)


def not_deployed() -> ProblemDetails:
    """The problem for an answer that needs packages of the command line, which a function does not have."""
    return ProblemDetails(501, "not-deployed", texts.NOT_DEPLOYED, texts.NOT_DEPLOYED_DETAIL, texts.NOT_DEPLOYED_ACTION)


def unavailable(reason: Text) -> ProblemDetails:
    """The problem for a database that does not respond."""
    return ProblemDetails(
        503, "unavailable", texts.UNAVAILABLE, reason, texts.UNAVAILABLE_ACTION, headers={"Retry-After": "5"}
    )
