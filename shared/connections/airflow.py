"""Connections to Airflow: Cloud Composer or any other, over the REST API or the metadata database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from shared.connections._airflow_token import AirflowToken
from shared.connections._served import is_ambiguous, is_served
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.records import SystemPlace
from shared.redaction import setting_values as forms
from shared.secret import Secret
from shared.secret_urls import contains_password, protects_secrets
from shared.setting import Setting, values_by_name
from shared.texts import Text, listed
from shared.texts import connections as texts

if TYPE_CHECKING:
    import requests
    from google.auth.credentials import Credentials
    from sqlalchemy import Engine

    from shared.clients import Clients
    from shared.config import Settings

AUTHS = ("google", "basic", "token", "none")
COMPOSER_HOSTS = (".composer.googleusercontent.com", ".composer.cloud.google.com")

URL = Setting(
    "HINOMI_AIRFLOW_<NAME>_URL",
    "URL of an Airflow web server: its runs are collected, and actions may clear its tasks. Its name in handler rules is `<name>`.",
    example="https://airflow.example.com",
    form=forms.URL,
)
AUTH = Setting(
    "HINOMI_AIRFLOW_<NAME>_AUTH",
    "How Hinomi signs in: `google` (Composer, or Airflow on Cloud Run), `basic` (user and password), `token` (a token of "
    "Airflow 3 for user and password) or `none`.",
    default="google",
    form="|".join(AUTHS),
)
USERNAME = Setting("HINOMI_AIRFLOW_<NAME>_USERNAME", "The user for `basic` and `token`.")
PASSWORD = Setting("HINOMI_AIRFLOW_<NAME>_PASSWORD", "The password of that user.")
DB_URL = Setting(
    "HINOMI_AIRFLOW_<NAME>_DB_URL",
    "SQLAlchemy URL of the metadata database, with its password: runs are then read there instead of over the REST API.",
    functions=("history_analysis",),
)
ENVIRONMENT = Setting(
    "HINOMI_AIRFLOW_<NAME>_ENVIRONMENT",
    "The name of the Composer environment in its logs, if it is not `<name>`; `PROJECT/NAME` if environments of several "
    "projects have the same name, `PROJECT/LOCATION/NAME` if environments of several locations have it. Without it, an action is "
    "refused if two such environments are known (by incidents or metrics), or if several projects are monitored and the history "
    "has no metrics of the environment. An action changes nothing for an incident of another environment.",
    example="my-project/prod",
    form=forms.SYSTEM,
)
SETTINGS = (URL, AUTH, USERNAME, ENVIRONMENT)
SECRETS = (PASSWORD, DB_URL)


@dataclass(frozen=True, slots=True)
class AirflowConnection:
    """One Airflow: its REST API, its metadata database (read only), or both. `auth` is one of AUTHS."""

    url: str = ""
    auth: str = "google"
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    db_url: Secret = field(default_factory=lambda: Secret(""))
    environment: str = ""


@dataclass(frozen=True, slots=True)
class AirflowServer:
    """An Airflow web server: its base URL without a trailing slash, and a session authorized to call it."""

    url: str
    session: requests.Session


def read(environment: Mapping[str, Secret]) -> dict[str, AirflowConnection]:
    """The connections by name. Raises InputError that names the variable, never its value."""
    values = values_by_name(SETTINGS, SECRETS, environment)
    return {name: _checked(name, given) for name, given in values.items()}


def required(environment: Mapping[str, Secret]) -> Iterator[tuple[str, Text]]:
    """The variables that a connection needs for its authentication method, each with the reason."""
    for name, connection in read(environment).items():
        if connection.url and connection.auth in ("basic", "token"):
            for setting in (USERNAME, PASSWORD):
                yield setting.of(name), texts.CONNECTION(name=name, setting=AUTH.of(name), value=connection.auth)


def configured(settings: Settings) -> Mapping[str, AirflowConnection]:
    """The Airflow connections of the settings, by name."""
    return settings.connections.get("airflow", {})


def serves(connection: AirflowConnection, name: str, environment: str, place: SystemPlace) -> bool:
    """Whether the connection `name` serves this environment in a place; true for an empty environment.

    The incidents of Airflow's own connection have an empty environment.
    """
    return is_served(connection.environment or name, environment, place)


def serves_any(connection: AirflowConnection, name: str, environment: str, places: Collection[SystemPlace]) -> bool:
    """Whether the connection accepts an environment of this name in more than one place, so that it may be the wrong one."""
    return is_ambiguous(connection.environment or name, environment, places)


def server(clients: Clients, name: str) -> AirflowServer:
    """The web server of the connection `name`. Raises InputError when there is no such connection."""
    return clients.once(f"airflow {name}", lambda: _make_server(clients, name))


def database(clients: Clients, name: str) -> Engine:
    """An engine for the metadata database of the connection `name`. Raises InputError when there is none."""
    return clients.once(f"airflow database {name}", lambda: _make_engine(clients, name))


def _checked(name: str, given: Mapping[str, Any]) -> AirflowConnection:
    connection = AirflowConnection(**given)
    if not connection.url and set(given) - {"url", "db_url"}:
        raise InputError(texts.NO_URL(name=name, setting=URL.of(name)))
    if connection.auth not in AUTHS:
        raise InputError(texts.INVALID_AUTH(setting=AUTH.of(name), choices=listed(AUTHS)))
    if contains_password(connection.url):
        raise InputError(
            texts.PASSWORD_IN_URL(setting=URL.of(name), username=USERNAME.of(name), password=PASSWORD.of(name))
        )
    if connection.url and not protects_secrets(connection.url):
        raise InputError(texts.NO_HTTPS(setting=URL.of(name)))
    return connection


def _make_server(clients: Clients, name: str) -> AirflowServer:
    from shared.clients import new_session  # noqa: PLC0415

    connection = configured(clients.settings).get(name)
    if connection is None or not connection.url:
        from shared.suggestions import did_you_mean  # noqa: PLC0415 - only messages about unknown names need it

        near = did_you_mean(name, configured(clients.settings)) or texts.SET(setting=URL.of(name))
        raise InputError(texts.NO_CONNECTION(name=name, suggestion=near))
    url = connection.url.rstrip("/")
    session = new_session()
    if connection.auth == "basic":
        session.auth = (connection.username, connection.password.reveal())
    elif connection.auth == "token":
        session.auth = AirflowToken(url, connection.username, connection.password, new_session())
    elif connection.auth == "google":
        credentials = _credentials(clients, url)
        session.auth = lambda request: _sign_for(clients, url, request, credentials)
    return AirflowServer(url, session)


def _make_engine(clients: Clients, name: str) -> Engine:
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError  # noqa: PLC0415

    connection = configured(clients.settings).get(name)
    if connection is None or not connection.db_url:
        raise InputError(texts.NO_DATABASE(name=name, setting=DB_URL.of(name)))
    try:
        return create_engine(connection.db_url.reveal(), pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise InputError(texts.INVALID_DATABASE(setting=DB_URL.of(name))) from error


def _credentials(clients: Clients, url: str) -> Credentials:
    """Credentials for one Airflow: Composer takes an access token, Airflow on Cloud Run an identity token for its URL."""
    if (urlsplit(url).hostname or "").endswith(COMPOSER_HOSTS):
        return clients.credentials()
    from google.oauth2.id_token import fetch_id_token_credentials  # noqa: PLC0415

    return cast("Credentials", fetch_id_token_credentials(url))  # type: ignore[no-untyped-call]


def _sign_for(
    clients: Clients, url: str, request: requests.PreparedRequest, credentials: Credentials
) -> requests.PreparedRequest:
    if (request.url or "").startswith(f"{url}/"):
        clients.sign(request, credentials)
    return request
