"""Tokens that an Airflow 3 web server issues for a user name and password.

Source: airflow.apache.org, "Public API", authentication: POST /auth/token answers 201 with `access_token`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from shared.secret import Secret

if TYPE_CHECKING:
    import requests


class AirflowToken:
    """Signs requests to one Airflow. Requests a token on first use, and a new one after an answer of 401."""

    def __init__(self, url: str, username: str, password: Secret, session: requests.Session) -> None:
        self._url = url
        self._username = username
        self._password = password
        self._session = session
        self._lock = threading.Lock()
        self._token: str | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Signs a request to this Airflow; leaves every other request unchanged. Raises requests.RequestException."""
        if (request.url or "").startswith(f"{self._url}/"):
            request.headers["Authorization"] = f"Bearer {self._current()}"
            request.register_hook("response", self._forget_refused)  # type: ignore[no-untyped-call]
        return request

    def _current(self) -> str:
        with self._lock:
            if self._token is None:
                user = {"username": self._username, "password": self._password.reveal()}
                answer = self._session.post(f"{self._url}/auth/token", json=user)
                answer.raise_for_status()
                self._token = str(answer.json()["access_token"])
            return self._token

    def _forget_refused(self, response: requests.Response, *_args: Any, **_options: Any) -> None:
        if response.status_code == 401:
            with self._lock:
                self._token = None
