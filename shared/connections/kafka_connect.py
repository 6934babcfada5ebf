"""Connections to Kafka Connect workers, on which connectors such as those of Debezium run, over the REST API."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

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

    from shared.clients import Clients
    from shared.config import Settings

AUTHS = ("none", "basic", "bearer")
SECURITY = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_RUNS_ACTIONS = ("metrics_analysis",)

URL = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_URL",
    "URL of the REST API of Kafka Connect, whose connectors are watched, and which the action restart_connector calls: https, or http "
    "where `_AUTH` is `none`. Its name in handler rules is `<name>`.",
    example="https://connect.example.com:8083",
    form=forms.URL,
    functions=_RUNS_ACTIONS,
)
AUTH = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_AUTH",
    "How Hinomi signs in: `none`, `basic` (user and password) or `bearer` (a token).",
    default="none",
    form="|".join(AUTHS),
    functions=_RUNS_ACTIONS,
)
USERNAME = Setting("HINOMI_KAFKA_CONNECT_<NAME>_USERNAME", "The user for `basic`.", functions=_RUNS_ACTIONS)
CLUSTER = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_CLUSTER",
    "The name of the Connect cluster in the label `connect_cluster` or `cluster` of incidents, if it is not `<name>`; `PROJECT/NAME` if "
    "clusters of several projects have the same name, `PROJECT/LOCATION/NAME` if those of several locations have: otherwise an action is "
    "refused once two clusters had incidents. An action changes nothing for an incident of another cluster.",
    example="my-project/cdc",
    form=forms.SYSTEM,
    functions=_RUNS_ACTIONS,
)
SECRET = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_SECRET",
    "The password of that user, or the token.",
    functions=_RUNS_ACTIONS,
)
CA = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_CA",
    "Certificates (PEM) of the authority that signed the certificate of the server, if it is your own.",
    functions=_RUNS_ACTIONS,
)
BROKERS = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_BROKERS",
    "Comma-separated Kafka brokers, `host:port`. `hinomi probe kafka` then also watches the lag of consumer groups; the "
    "deployed functions lack the package kafka-python.",
    example="kafka-1.example.com:9092",
    functions=_RUNS_ACTIONS,
)
BROKER_SECURITY = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_BROKER_SECURITY",
    "Security protocol of the brokers.",
    default="PLAINTEXT",
    form="|".join(SECURITY),
    functions=_RUNS_ACTIONS,
)
BROKER_MECHANISM = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_BROKER_MECHANISM",
    "SASL mechanism of the brokers.",
    default="PLAIN",
    form="|".join(MECHANISMS),
    functions=_RUNS_ACTIONS,
)
BROKER_USER = Setting("HINOMI_KAFKA_CONNECT_<NAME>_BROKER_USER", "The user for SASL.", functions=_RUNS_ACTIONS)
LAG_LIMIT = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_LAG_LIMIT",
    "Number of unread messages of a consumer group and topic that opens an incident when it is exceeded for 15 minutes.",
    default="100000",
    form=forms.NUMBER,
    functions=_RUNS_ACTIONS,
)
WAL_LIMIT_GIB = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_WAL_LIMIT_GIB",
    "GiB of WAL retained by a replication slot above which an incident opens.",
    default="10",
    form=forms.NUMBER,
    functions=_RUNS_ACTIONS,
)
BROKER_PASSWORD = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_BROKER_PASSWORD", "The password for SASL.", functions=_RUNS_ACTIONS
)
SOURCE_DB_URLS = Setting(
    "HINOMI_KAFKA_CONNECT_<NAME>_SOURCE_DB_URLS",
    "SQLAlchemy URLs of the PostgreSQL databases that its Debezium connectors read, with spaces between them: their replication slots "
    "and the WAL that these retain are watched. Any role that may connect is enough.",
    functions=_RUNS_ACTIONS,
)
SETTINGS = (
    *(URL, AUTH, USERNAME, CLUSTER),
    *(BROKERS, BROKER_SECURITY, BROKER_MECHANISM, BROKER_USER, LAG_LIMIT, WAL_LIMIT_GIB),
)
SECRETS = (SECRET, CA, BROKER_PASSWORD, SOURCE_DB_URLS)


@dataclass(frozen=True, slots=True)
class KafkaConnectConnection:
    """One Connect cluster. `auth` is one of AUTHS; `ca` has the certificates of a private authority, empty for a public one."""

    url: str = ""
    auth: str = "none"
    username: str = ""
    cluster: str = ""
    secret: Secret = field(default_factory=lambda: Secret(""))
    ca: Secret = field(default_factory=lambda: Secret(""))
    brokers: str = ""
    broker_security: str = "PLAINTEXT"
    broker_mechanism: str = "PLAIN"
    broker_user: str = ""
    broker_password: Secret = field(default_factory=lambda: Secret(""))
    lag_limit: str = "100000"
    wal_limit_gib: str = "10"
    source_db_urls: Secret = field(default_factory=lambda: Secret(""))

    @property
    def most_messages(self) -> float:
        """The limit of consumer lag, in messages."""
        return float(self.lag_limit)

    @property
    def most_wal(self) -> float:
        """The limit of retained WAL, in bytes."""
        return float(self.wal_limit_gib) * 2**30

    @property
    def sources(self) -> tuple[Secret, ...]:
        """The SQLAlchemy URLs of the source databases."""
        return tuple(map(Secret, self.source_db_urls.reveal().split()))


@dataclass(frozen=True, slots=True)
class KafkaConnectServer:
    """A Connect cluster: its base URL without a trailing slash, and a session authorized to call it."""

    url: str
    session: requests.Session


def read(environment: Mapping[str, Secret]) -> dict[str, KafkaConnectConnection]:
    """The connections by name. Raises InputError that names the variable, never its value."""
    values = values_by_name(SETTINGS, SECRETS, environment)
    return {name: _checked(name, given) for name, given in values.items()}


def required(environment: Mapping[str, Secret]) -> Iterator[tuple[str, Text]]:
    """The variables that a connection needs for its authentication method, each with the reason."""
    for name, connection in read(environment).items():
        needs = {"basic": (USERNAME, SECRET), "bearer": (SECRET,)}.get(connection.auth, ())
        for setting in needs:
            yield setting.of(name), texts.CONNECT_CONNECTION(name=name, setting=AUTH.of(name), value=connection.auth)
        for setting in (BROKER_USER, BROKER_PASSWORD) if connection.broker_security.startswith("SASL") else ():
            security, value = BROKER_SECURITY.of(name), connection.broker_security
            yield setting.of(name), texts.CONNECT_CONNECTION(name=name, setting=security, value=value)


def configured(settings: Settings, name: str) -> KafkaConnectConnection:
    """The connection of that name. Raises InputError when there is none."""
    connection = settings.connections.get("kafka_connect", {}).get(name)
    if connection is None:
        from shared.suggestions import did_you_mean  # noqa: PLC0415 - only messages about unknown names need it

        connections, shown = settings.connections.get("kafka_connect", {}), name[:100]
        near = did_you_mean(shown, connections) or texts.SET(setting=URL.of(shown))
        raise InputError(texts.NO_CONNECT(name=shown, suggestion=near))
    return cast("KafkaConnectConnection", connection)


def serves(connection: KafkaConnectConnection, name: str, cluster: str, place: SystemPlace) -> bool:
    """Whether the connection `name` serves this cluster in a place; true if the incident names no cluster."""
    return is_served(connection.cluster or name, cluster, place)


def serves_any(connection: KafkaConnectConnection, name: str, cluster: str, places: Collection[SystemPlace]) -> bool:
    """Whether the connection accepts a cluster of this name in more than one place, so that it may be the wrong one."""
    return is_ambiguous(connection.cluster or name, cluster, places)


def server(clients: Clients, name: str) -> KafkaConnectServer:
    """The REST API of the connection `name`. Raises InputError when there is no such connection."""
    return clients.once(f"kafka connect {name}", lambda: _make_server(configured(clients.settings, name), name))


def _checked(name: str, given: Mapping[str, Any]) -> KafkaConnectConnection:
    connection = KafkaConnectConnection(**given)
    if not connection.url:
        raise InputError(texts.NO_CONNECT_URL(name=name, setting=URL.of(name)))
    if connection.auth not in AUTHS:
        raise InputError(texts.INVALID_AUTH(setting=AUTH.of(name), choices=listed(AUTHS)))
    _check_brokers(connection, name)
    if contains_password(connection.url):
        password = SECRET.of(name)
        raise InputError(
            texts.PASSWORD_IN_URL(setting=URL.of(name), username=USERNAME.of(name), password=password),
        )
    if not (protects_secrets(connection.url) or (_is_plain(connection.url) and connection.auth == "none")):
        raise InputError(texts.NO_HTTPS_FOR_SECRET(setting=URL.of(name), auth=AUTH.of(name)))
    return connection


def _check_brokers(connection: KafkaConnectConnection, name: str) -> None:
    for setting, value, choices in (
        (BROKER_SECURITY, connection.broker_security, SECURITY),
        (BROKER_MECHANISM, connection.broker_mechanism, MECHANISMS),
    ):
        if value not in choices:
            raise InputError(texts.NO_CHOICE(setting=setting.of(name), choices=listed(choices)))
    for setting, value in ((LAG_LIMIT, connection.lag_limit), (WAL_LIMIT_GIB, connection.wal_limit_gib)):
        if not re.fullmatch(forms.NUMBER, value, re.ASCII):
            raise InputError(texts.NO_NUMBER(setting=setting.of(name)))


def _is_plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and bool(parts.hostname)
    except ValueError:
        return False


def _make_server(connection: KafkaConnectConnection, name: str) -> KafkaConnectServer:
    from shared.clients import new_session  # noqa: PLC0415

    url = connection.url.rstrip("/")
    session = new_session()
    if connection.ca:
        session.mount("https://", _trusting(connection.ca, CA.of(name)))
    if connection.auth == "basic":
        session.auth = (connection.username, connection.secret.reveal())
    elif connection.auth == "bearer":
        session.auth = lambda request: _with_token(url, connection.secret, request)
    return KafkaConnectServer(url, session)


def _with_token(url: str, token: Secret, request: requests.PreparedRequest) -> requests.PreparedRequest:
    if (request.url or "").startswith(f"{url}/"):
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
    return request


def _trusting(certificates: Secret, setting: str) -> Any:
    """An adapter that trusts these certificates beside the public ones. Raises InputError for an invalid PEM."""
    import ssl  # noqa: PLC0415

    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    try:
        context = ssl.create_default_context(cadata=certificates.reveal())
    except (ssl.SSLError, ValueError) as error:
        raise InputError(texts.INVALID_CA(setting=setting)) from error

    class Trusting(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> Any:
            return super().init_poolmanager(*args, **options, ssl_context=context)

    return Trusting()
