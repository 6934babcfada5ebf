"""The clients of the services that Hinomi calls, created on first use and reused.

Google packages take half a second to import, so nothing here imports them before a client is needed. An endpoint on
loopback (the demo, the tests) gets an insecure channel and no credentials; every other endpoint gets the default
credentials of the function. Every HTTP call has a timeout, even where the caller names none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from shared.call_counter import count_calls, counted_channel
from shared.config import Settings

if TYPE_CHECKING:
    import requests
    from google.auth.credentials import Credentials
    from google.cloud.asset_v1 import AssetServiceClient
    from google.cloud.bigquery import Client as BigQueryClient
    from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
    from google.cloud.monitoring_v3 import MetricServiceClient

TIMEOUT_SECONDS = 20.0
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
T = TypeVar("T")


class Clients:
    """Clients for one set of settings. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()  # reentrant: creating a client needs the credentials
        self._signing = threading.Lock()
        self._made: dict[str, Any] = {}

    @property
    def storage_url(self) -> str:
        """Base URL of the Cloud Storage JSON API, without a slash at the end."""
        return self.settings.storage_endpoint.rstrip("/") or "https://storage.googleapis.com"

    @property
    def resourcemanager_url(self) -> str:
        """Base URL of the Resource Manager API, without a slash at the end."""
        return self.settings.resourcemanager_endpoint.rstrip("/") or "https://cloudresourcemanager.googleapis.com"

    @property
    def bigquery_url(self) -> str:
        """Base URL of the BigQuery API, without a slash at the end."""
        return self.settings.bigquery_endpoint.rstrip("/") or "https://bigquery.googleapis.com"

    @property
    def dataflow_url(self) -> str:
        """Base URL of the Dataflow API, without a slash at the end."""
        return self.settings.dataflow_endpoint.rstrip("/") or "https://dataflow.googleapis.com"

    @property
    def compute_url(self) -> str:
        """Base URL of the Compute Engine API, without a slash at the end."""
        return self.settings.compute_endpoint.rstrip("/") or "https://compute.googleapis.com"

    @property
    def run_url(self) -> str:
        """Base URL of the Cloud Run API, without a slash at the end."""
        return self.settings.run_endpoint.rstrip("/") or "https://run.googleapis.com"

    @property
    def scheduler_url(self) -> str:
        """Base URL of the Cloud Scheduler API, without a slash at the end."""
        return self.settings.scheduler_endpoint.rstrip("/") or "https://cloudscheduler.googleapis.com"

    @property
    def transfer_url(self) -> str:
        """Base URL of the BigQuery Data Transfer API, without a slash at the end."""
        return self.settings.transfer_endpoint.rstrip("/") or "https://bigquerydatatransfer.googleapis.com"

    @property
    def workflow_executions_url(self) -> str:
        """Base URL of the Workflow Executions API, without a slash at the end."""
        return self.settings.workflows_endpoint.rstrip("/") or "https://workflowexecutions.googleapis.com"

    @property
    def pubsub_url(self) -> str:
        """Base URL of the Pub/Sub API, without a slash at the end."""
        return self.settings.pubsub_endpoint.rstrip("/") or "https://pubsub.googleapis.com"

    def api_url(self, host: str) -> str:
        """Base URL of a REST API by its host, such as pubsub.googleapis.com, without a slash at the end."""
        known = {
            "bigquery.googleapis.com": self.bigquery_url,
            "cloudresourcemanager.googleapis.com": self.resourcemanager_url,
            "compute.googleapis.com": self.compute_url,
            "iam.googleapis.com": self.iam_url,
            "pubsub.googleapis.com": self.pubsub_url,
            "run.googleapis.com": self.run_url,
            "storage.googleapis.com": self.storage_url,
        }
        return known.get(host) or self.settings.policy_endpoint.rstrip("/") or f"https://{host}"

    def aiplatform_url(self, location: str) -> str:
        """Base URL of the Vertex AI API of a region, without a slash at the end."""
        return self.settings.aiplatform_endpoint.rstrip("/") or f"https://{location}-aiplatform.googleapis.com"

    @property
    def iam_url(self) -> str:
        """Base URL of the IAM API, without a slash at the end."""
        return self.settings.iam_endpoint.rstrip("/") or "https://iam.googleapis.com"

    @property
    def cloudidentity_url(self) -> str:
        """Base URL of the Cloud Identity API, without a slash at the end."""
        return self.settings.iam_endpoint.rstrip("/") or "https://cloudidentity.googleapis.com"

    @property
    def policyanalyzer_url(self) -> str:
        """Base URL of the Policy Analyzer API, without a slash at the end."""
        return self.settings.iam_endpoint.rstrip("/") or "https://policyanalyzer.googleapis.com"

    def asset(self) -> AssetServiceClient:
        """The Cloud Asset Inventory client. Pass a timeout to its calls."""
        return self.once("asset", self._make_asset)

    def logging(self) -> LoggingServiceV2Client:
        """The Cloud Logging client for reading entries. Pass a timeout to its calls."""
        return self.once("logging", self._make_logging)

    def monitoring(self) -> MetricServiceClient:
        """The Cloud Monitoring client for time series. Pass a timeout to its calls."""
        return self.once("monitoring", self._make_monitoring)

    def bigquery(self, project: str, dataset: str = "") -> BigQueryClient:
        """The BigQuery client that bills `project`; tables without a dataset are in `dataset`. Pass a timeout to calls."""
        return self.once(f"bigquery {project} {dataset}", lambda: self._make_bigquery(project, dataset))

    def http(self) -> requests.Session:
        """A session for Google's REST APIs. It sends an access token to googleapis.com and to no other host."""
        return self.once("http", self._make_http)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """The result of `make`, which is called once for each key. Connection modules store their clients here."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return cast("T", self._made[key])

    def credentials(self) -> Credentials:
        """The default credentials of the function, or of the person who runs the command."""
        return self.once("credentials", _default_credentials)

    def _make_monitoring(self) -> MetricServiceClient:
        from google.cloud.monitoring_v3 import MetricServiceClient  # noqa: PLC0415
        from google.cloud.monitoring_v3.services.metric_service.transports import (  # noqa: PLC0415
            MetricServiceGrpcTransport,
        )

        return self._grpc(MetricServiceClient, MetricServiceGrpcTransport, self.settings.monitoring_endpoint)

    def _make_asset(self) -> AssetServiceClient:
        from google.cloud.asset_v1 import AssetServiceClient  # noqa: PLC0415
        from google.cloud.asset_v1.services.asset_service.transports import AssetServiceGrpcTransport  # noqa: PLC0415

        return self._grpc(AssetServiceClient, AssetServiceGrpcTransport, self.settings.asset_endpoint)

    def _make_logging(self) -> LoggingServiceV2Client:
        from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client  # noqa: PLC0415
        from google.cloud.logging_v2.services.logging_service_v2.transports import (  # noqa: PLC0415
            LoggingServiceV2GrpcTransport,
        )

        return self._grpc(LoggingServiceV2Client, LoggingServiceV2GrpcTransport, self.settings.logging_endpoint)

    def _grpc(self, client: Callable[..., T], transport: Any, endpoint: str) -> T:
        """A gRPC client whose calls can be counted (shared/call_counter.py)."""
        if endpoint:
            return client(transport=transport(channel=counted_channel(_local_channel(endpoint))))

        def channel(*args: Any, **kwargs: Any) -> Any:
            return counted_channel(transport.create_channel(*args, **kwargs))

        return client(credentials=self.credentials(), transport=lambda **given: transport(**given, channel=channel))

    def _make_bigquery(self, project: str, dataset: str) -> BigQueryClient:
        from google.cloud.bigquery import Client, QueryJobConfig  # noqa: PLC0415

        endpoint = self.settings.bigquery_endpoint
        usual = QueryJobConfig(default_dataset=f"{project}.{dataset}") if dataset else None
        if endpoint:
            from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415

            anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]
            options = {"api_endpoint": endpoint}
            client = Client(
                project=project, credentials=anonymous, client_options=options, default_query_job_config=usual
            )
        else:
            client = Client(project=project, credentials=self.credentials(), default_query_job_config=usual)
        count_calls(client._http)  # noqa: SLF001 - the session has no other name
        return client

    def _make_http(self) -> requests.Session:
        session = new_session()
        session.auth = self._sign_google
        return session

    def _sign_google(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        url = urlsplit(request.url or "")
        if url.scheme == "https" and (url.hostname or "").endswith(".googleapis.com"):
            self.sign(request, self.credentials())
        return request

    def sign(self, request: requests.PreparedRequest, credentials: Credentials) -> None:
        """Puts a valid access token into the request, refreshing a token that is about to expire."""
        from google.auth.transport.requests import Request  # noqa: PLC0415

        with self._signing:
            channel = Request(session=new_session())
            credentials.before_request(channel, request.method, request.url, request.headers)  # type: ignore[no-untyped-call]


def _local_channel(endpoint: str) -> Any:
    """A channel without credentials, without gRPC's message limit of 4 MB: a page of policies may be larger."""
    import grpc  # noqa: PLC0415

    return grpc.insecure_channel(endpoint, options=[("grpc.max_receive_message_length", -1)])


def new_session() -> requests.Session:
    """A session whose calls time out after TIMEOUT_SECONDS unless the caller sets a timeout."""
    import requests  # noqa: PLC0415

    kept: dict[tuple[Any, ...], Any] = {}

    class Bounded(requests.Session):
        def request(self, *args: Any, **kwargs: Any) -> requests.Response:
            if kwargs.get("timeout") is None:
                kwargs["timeout"] = TIMEOUT_SECONDS
            return super().request(*args, **kwargs)

        def merge_environment_settings(self, url: Any, proxies: Any, *others: Any) -> Any:
            """Searches the environment for proxies only once for each host, because a search takes a sixth of the time of a call."""
            key = (*urlsplit(url)[:2], self.trust_env, *sorted(proxies.items()), *others)
            if key not in kept:
                kept[key] = super().merge_environment_settings(url, proxies, *others)
            return {**kept[key], "proxies": kept[key]["proxies"].copy()}

    return Bounded()


def _default_credentials() -> Credentials:
    import google.auth  # noqa: PLC0415

    credentials, _ = google.auth.default(scopes=[SCOPE])
    return credentials
