"""What a service that refuses says, on one short line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

LONGEST = 200


def one_line(text: Any, limit: int = 1000) -> str:
    """The words of a text on one line; empty for None."""
    return " ".join(str(text or "").split())[:limit]


def error_words(response: requests.Response) -> str:
    """The error's own words: Google's error.message, Airflow's detail or title. Empty where there are none."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    words = error.get("message") if isinstance(error, dict) else body.get("detail") or body.get("title")
    return one_line(words, LONGEST)
