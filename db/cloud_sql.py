"""IAM authentication of Cloud SQL: an access token is the password (cloud.google.com/sql/docs/postgres/iam-logins).

The connector of Cloud Run provides a socket in /cloudsql, so no library and no network setup is needed.
"""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy.engine import URL

from shared.errors import TransientError
from shared.texts.cli import db as texts

SCOPE = "https://www.googleapis.com/auth/sqlservice.login"
_lock = threading.Lock()
_credentials: list[Any] = []


def uses_token(url: URL) -> bool:
    """Whether the user of a database URL is a service account, which Cloud SQL names ACCOUNT@PROJECT.iam."""
    return url.password is None and (url.username or "").endswith(".iam")


def give_token(_dialect: object, _record: object, _arguments: list[Any], parameters: dict[str, Any]) -> None:
    """Puts a valid token into the parameters of a new connection (SQLAlchemy's event do_connect)."""
    parameters["password"] = token()


def token() -> str:
    """An access token of the function's account for database logins. Raises TransientError when there is none."""
    import google.auth  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
    from google.auth.transport.requests import Request  # noqa: PLC0415

    with _lock:
        try:
            if not _credentials:
                _credentials.append(google.auth.default(scopes=[SCOPE])[0])
            if not _credentials[0].valid:
                _credentials[0].refresh(Request())
        except GoogleAuthError as error:
            raise TransientError(texts.NO_TOKEN(error=str(error))) from error
        return str(_credentials[0].token)
