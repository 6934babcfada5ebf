"""Reads of a REST API that remediations base their plan on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.errors import check
from shared.errors import ActionError
from shared.texts import Text, actions

if TYPE_CHECKING:
    import requests


def read(session: requests.Session, url: str, does: Text, **query: Any) -> dict[str, Any]:
    """The JSON object at a URL; `does` names the call in errors. Raises ActionError, with status 404 if there is none."""
    return read_json(_get(session, url, query), does)


def read_if_any(session: requests.Session, url: str, does: Text, **query: Any) -> dict[str, Any] | None:
    """The JSON object at a URL, None if there is none. Raises ActionError for other failures."""
    response = _get(session, url, query)
    return None if response.status_code == 404 else read_json(response, does)


def read_json(response: requests.Response, does: Text) -> dict[str, Any]:
    """The JSON object of a 2xx response. Raises ActionError for another status or body."""
    try:
        body = check(response, does).json()
    except ValueError:  # not JSON
        body = None
    if not isinstance(body, dict):
        raise ActionError(actions.NO_OBJECT(call=does), permanent=True)
    return body


def _get(session: requests.Session, url: str, query: dict[str, Any]) -> requests.Response:
    return session.get(url, params=query or None, allow_redirects=False)
