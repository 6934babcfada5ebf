"""Reads the project over Google's REST APIs; changes nothing.

Changes are gcloud commands that a person can review; reading uses REST because forty gcloud calls take a minute. The
base URLs can be replaced like gcloud's own (CLOUDSDK_API_ENDPOINT_OVERRIDES_<API>).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.errors import HinomiError, TransientError
from shared.http import is_transient, one_line
from shared.secret import Secret
from shared.texts.deploy import errors

if TYPE_CHECKING:
    import requests

BASES = {
    "artifactregistry": "https://artifactregistry.googleapis.com/",
    "bigquery": "https://bigquery.googleapis.com/",
    "cloudfunctions": "https://cloudfunctions.googleapis.com/",
    "cloudresourcemanager": "https://cloudresourcemanager.googleapis.com/",
    "cloudscheduler": "https://cloudscheduler.googleapis.com/",
    "iap": "https://iap.googleapis.com/",
    "iam": "https://iam.googleapis.com/",
    "logging": "https://logging.googleapis.com/",
    "monitoring": "https://monitoring.googleapis.com/",
    "pubsub": "https://pubsub.googleapis.com/",
    "run": "https://run.googleapis.com/",
    "secretmanager": "https://secretmanager.googleapis.com/",
    "serviceusage": "https://serviceusage.googleapis.com/",
    "sql": "https://sqladmin.googleapis.com/",
}
PAGES = 100


class CloudError(HinomiError):
    """Google denied a read."""


class Cloud:
    """Reads with one access token. Responses are cached: create a new one after changes."""

    def __init__(self, session: requests.Session, token: Secret, bases: Mapping[str, str] | None = None) -> None:
        session.auth = _unchanged
        self._session = session
        self._token = token
        self._bases = {**BASES, **(bases or {})}
        self._kept: dict[tuple[str, str, str], Any] = {}
        self._seen: set[str] = set()  # the numbers of projects that were read, as projects/N

    def get(self, api: str, path: str) -> dict[str, Any] | None:
        """One resource; None if it does not exist, or its API is not enabled. Raises CloudError, TransientError."""
        return self._ask("GET", api, path, None)

    def policy(self, api: str, path: str, *, post: bool = False) -> list[dict[str, Any]]:
        """The bindings of an IAM policy. `post` is for APIs whose getIamPolicy is a POST request.

        Only version 3 shows conditions; in lower versions a role with a condition has another name.
        """
        if post:
            found = self._ask("POST", api, f"{path}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})
        else:
            found = self._ask("GET", api, f"{path}:getIamPolicy?options.requestedPolicyVersion=3", None)
        return list((found or {}).get("bindings", []))

    def ancestors(self, project: str) -> list[str]:
        """The folders and the organization above a project, nearest first, such as folders/2."""
        found = self._ask("POST", "cloudresourcemanager", f"v1/projects/{project}:getAncestry", {}) or {}
        return [f"{one['resourceId']['type']}s/{one['resourceId']['id']}" for one in found.get("ancestor", [])[1:]]

    def items(self, api: str, path: str, key: str) -> list[dict[str, Any]]:
        """All items of a list, from all pages."""
        found: list[dict[str, Any]] = []
        token = ""
        for _ in range(PAGES):
            mark = "&" if "?" in path else "?"
            page = self.get(api, f"{path}{mark}pageToken={token}" if token else path)
            if page is None and token:
                raise TransientError(errors.PARTIAL(api=api, items=key))
            page = page or {}
            if page.get("unreachable"):  # locations that did not answer may have some
                raise TransientError(
                    errors.UNREACHABLE_LOCATIONS(api=api, items=key, locations=", ".join(page["unreachable"]))
                )
            found += page.get(key, [])
            token = page.get("nextPageToken", "")
            if not token:
                return found
        raise CloudError(errors.TOO_MANY_PAGES(api=api, pages=PAGES, items=key))

    def entries(self, project: str, filter_: str, *, limit: int) -> list[dict[str, Any]]:
        """The latest log entries of a project that match the filter, latest first.

        Raises CloudError, TransientError.
        """
        body = {
            "resourceNames": [f"projects/{project}"],
            "filter": filter_,
            "orderBy": "timestamp desc",
            "pageSize": limit,
        }
        return list((self._fetch("POST", "logging", "v2/entries:list", body) or {}).get("entries", []))

    def _ask(self, method: str, api: str, path: str, body: Any) -> dict[str, Any] | None:
        key = (method, api, path)
        if key not in self._kept:
            self._kept[key] = self._fetch(method, api, path, body)
        return self._kept[key]  # type: ignore[no-any-return]

    def _fetch(self, method: str, api: str, path: str, body: Any) -> dict[str, Any] | None:
        import requests  # noqa: PLC0415

        url = f"{self._bases[api].rstrip('/')}/{path}"
        headers = {"Authorization": f"Bearer {self._token.reveal()}"}
        try:
            response = self._session.request(method, url, headers=headers, json=body)
        except requests.RequestException as error:
            raise TransientError(errors.UNREACHABLE(api=api, error=type(error).__name__)) from error
        where = f"{method} {path.split('?', maxsplit=1)[0]}"
        if self._is_missing(api, path, response):
            return None
        if is_transient(response.status_code):
            raise TransientError(errors.UNAVAILABLE(api=api, status=response.status_code))
        if response.status_code >= 400:
            raise CloudError(errors.REFUSED(api=api, call=where, reason=_message(response)))
        found = _json(response)
        if not isinstance(found, dict):
            raise TransientError(errors.NO_JSON(api=api, call=where))
        if "projectNumber" in found:
            self._seen.add(f"projects/{found['projectNumber']}")
        return found

    def _is_missing(self, api: str, path: str, response: requests.Response) -> bool:
        """Whether Google itself reports a missing resource: a 404 may also come from a proxy.

        Raises CloudError for other errors.
        An API that is not enabled has no resources in the requested project; the error may also be about another
        project that pays for the call.
        """
        if response.status_code == 404:
            return "code" in _error(response)
        disabled = _disabled(response) if response.status_code == 403 else None
        if disabled is None:
            return False
        consumer = disabled.get("metadata", {}).get("consumer", "")
        if consumer and not self._is_requested(consumer, api, path):
            raise CloudError(errors.API_DISABLED(api=api, project=consumer))
        return True

    def _is_requested(self, consumer: str, api: str, path: str) -> bool:
        """Whether projects/NUMBER was read before, or is the project in the path."""
        if consumer in self._seen or api == "cloudresourcemanager":
            return consumer in self._seen
        try:
            project = self.get("cloudresourcemanager", f"v1/{consumer}")
        except CloudError:
            return False  # another project, such as gcloud's own
        return f"projects/{(project or {}).get('projectId')}/" in f"{path}/"


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An `auth` that signs nothing: the token is in a header, and .netrc would replace it without an `auth`."""
    return request


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _error(response: requests.Response) -> dict[str, Any]:
    body = _json(response)
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _disabled(response: requests.Response) -> dict[str, Any] | None:
    details = [item for item in _error(response).get("details", []) if isinstance(item, dict)]
    return next((item for item in details if item.get("reason") == "SERVICE_DISABLED"), None)


def _message(response: requests.Response) -> str:
    return one_line(_error(response).get("message") or f"HTTP {response.status_code}", 300)
