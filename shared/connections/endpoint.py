"""HTTP endpoints that the action http_call may call. The settings declare them, so no handler rule contains a URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from shared.errors import InputError
from shared.redaction import setting_values as forms
from shared.secret import Secret
from shared.secret_urls import contains_password, protects_secrets
from shared.setting import Setting, values_by_name
from shared.texts import connections as texts
from shared.texts import listed

if TYPE_CHECKING:
    import requests

    from shared.clients import Clients
    from shared.config import Settings

AUTHS = ("oidc", "google", "header", "none")
METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
REPEATABLE = ("GET", "PUT", "DELETE")  # RFC 9110: the same request twice has the effect of one
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_RUNS_ACTIONS = ("metrics_analysis",)

URL = Setting(
    "HINOMI_ENDPOINT_<NAME>_URL",
    "https URL that the action http_call may call. Its name in handler rules is `<name>`.",
    example="https://restart.example.com/jobs",
    form=forms.URL,
    functions=_RUNS_ACTIONS,
)
METHOD = Setting(
    "HINOMI_ENDPOINT_<NAME>_METHOD",
    "Method of the call: `POST`, `PUT`, `PATCH`, `DELETE` or `GET`.",
    default="POST",
    form="|".join(METHODS),
    functions=_RUNS_ACTIONS,
)
AUTH = Setting(
    "HINOMI_ENDPOINT_<NAME>_AUTH",
    "How Hinomi signs in: `oidc` (an identity token, for Cloud Run and Cloud Run functions), `google` (an access token, for "
    "googleapis.com), `header` (a secret header) or `none`.",
    default="oidc",
    form="|".join(AUTHS),
    functions=_RUNS_ACTIONS,
)
AUDIENCE = Setting(
    "HINOMI_ENDPOINT_<NAME>_AUDIENCE",
    "Audience of the identity token; empty: the URL without its path.",
    form=forms.URL,
    functions=_RUNS_ACTIONS,
)
HEADER = Setting(
    "HINOMI_ENDPOINT_<NAME>_HEADER",
    "Name of the header with the secret.",
    default="Authorization",
    functions=_RUNS_ACTIONS,
)
REPEATS = Setting(
    "HINOMI_ENDPOINT_<NAME>_REPEATABLE",
    "`yes` if the endpoint acts once for each `Idempotency-Key`, so that a call whose response was lost may be repeated. "
    "GET, PUT and DELETE are always repeated.",
    form="yes",
    functions=_RUNS_ACTIONS,
)
VALUE = Setting(
    "HINOMI_ENDPOINT_<NAME>_SECRET",
    "Value of the header, such as `Bearer …`, for `header`.",
    functions=_RUNS_ACTIONS,
)
SETTINGS = (URL, METHOD, AUTH, AUDIENCE, HEADER, REPEATS)
SECRETS = (VALUE,)


@dataclass(frozen=True, slots=True)
class EndpointConnection:
    """One endpoint. `auth` is one of AUTHS; `repeatable` is `yes` or empty."""

    url: str = ""
    method: str = "POST"
    auth: str = "oidc"
    audience: str = ""
    header: str = "Authorization"
    repeatable: str = ""
    secret: Secret = field(default_factory=lambda: Secret(""))

    @property
    def may_repeat(self) -> bool:
        """Whether a call may be repeated after its response was lost."""
        return self.repeatable == "yes" or self.method in REPEATABLE


def read(environment: Mapping[str, Secret]) -> dict[str, EndpointConnection]:
    """The endpoints by name. Raises InputError that names the variable, never its value."""
    values = values_by_name(SETTINGS, SECRETS, environment)
    return {name: _checked(name, given) for name, given in values.items()}


def configured(settings: Settings, name: str) -> EndpointConnection:
    """The endpoint of that name. Raises InputError when there is none."""
    endpoint = settings.connections.get("endpoint", {}).get(name)
    if endpoint is None:
        raise InputError(texts.NO_ENDPOINT(name=name[:100], setting=URL.of(name[:100])))
    return cast("EndpointConnection", endpoint)


def session(clients: Clients, name: str) -> requests.Session:
    """A session that is authorized to call the endpoint and sends its secret to no other address."""
    return clients.once(f"endpoint {name}", lambda: _make_session(clients, configured(clients.settings, name)))


def _checked(name: str, given: Mapping[str, Any]) -> EndpointConnection:
    endpoint = EndpointConnection(**given)
    if not endpoint.url:
        raise InputError(texts.NO_ENDPOINT_URL(setting=URL.of(name)))
    if contains_password(endpoint.url):
        raise InputError(texts.SECRET_IN_URL(setting=URL.of(name), secret=VALUE.of(name)))
    if not protects_secrets(endpoint.url):
        raise InputError(texts.NO_HTTPS(setting=URL.of(name)))
    for setting, value, choices in (
        (METHOD, endpoint.method, METHODS),
        (AUTH, endpoint.auth, AUTHS),
        (REPEATS, endpoint.repeatable, ("yes", "")),
    ):
        if value not in choices:
            raise InputError(texts.NO_CHOICE(setting=setting.of(name), choices=listed(filter(None, choices))))
    if not _HEADER.fullmatch(endpoint.header):
        raise InputError(texts.INVALID_HEADER(setting=HEADER.of(name)))
    if endpoint.auth == "header" and not endpoint.secret:
        raise InputError(texts.NO_SECRET(setting=AUTH.of(name), secret=VALUE.of(name)))
    return endpoint


def _make_session(clients: Clients, endpoint: EndpointConnection) -> requests.Session:
    from shared.clients import new_session  # noqa: PLC0415

    if endpoint.auth == "google":
        return clients.http()
    made = new_session()
    if endpoint.auth == "header":
        made.auth = lambda request: _with_secret(endpoint, request)
    elif endpoint.auth == "oidc":
        made.auth = _identity(clients, endpoint)
    return made


def _with_secret(endpoint: EndpointConnection, request: requests.PreparedRequest) -> requests.PreparedRequest:
    if request.url == endpoint.url:
        request.headers[endpoint.header] = endpoint.secret.reveal()
    return request


def _identity(clients: Clients, endpoint: EndpointConnection) -> Any:
    """Signs the calls of an endpoint with an identity token for its audience."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    from google.oauth2.id_token import fetch_id_token_credentials  # noqa: PLC0415

    parts = urlsplit(endpoint.url)
    audience = endpoint.audience or f"{parts.scheme}://{parts.netloc}"
    credentials = fetch_id_token_credentials(audience)  # type: ignore[no-untyped-call]

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if request.url == endpoint.url:
            clients.sign(request, credentials)
        return request

    return sign
