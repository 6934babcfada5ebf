"""What is there: reads Google's REST APIs, and changes nothing.

Changes are gcloud commands that a person can read; looking is done here because forty looks by gcloud take a minute.
The base URLs may be replaced as gcloud's own are (CLOUDSDK_API_ENDPOINT_OVERRIDES_<API>).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.errors import HinomiError, TransientError
from shared.secret import Secret

if TYPE_CHECKING:
    import requests

BASES = {
    "artifactregistry": "https://artifactregistry.googleapis.com/",
    "bigquery": "https://bigquery.googleapis.com/",
    "cloudfunctions": "https://cloudfunctions.googleapis.com/",
    "cloudresourcemanager": "https://cloudresourcemanager.googleapis.com/",
    "cloudscheduler": "https://cloudscheduler.googleapis.com/",
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
    """Google refused a look."""


class Cloud:
    """Reads with one access token. Answers are kept, so that a part may ask again: make a new one after changes."""

    def __init__(self, session: requests.Session, token: Secret, bases: Mapping[str, str] | None = None) -> None:
        self._session = session
        self._token = token
        self._bases = {**BASES, **(bases or {})}
        self._kept: dict[tuple[str, str, str], Any] = {}

    def get(self, api: str, path: str) -> dict[str, Any] | None:
        """One resource, None when it is not there (or its API is not enabled yet). Raises CloudError, TransientError."""
        return self._ask("GET", api, path, None)

    def policy(self, api: str, path: str, *, post: bool = False) -> list[dict[str, Any]]:
        """The bindings of an IAM policy. `post` for the APIs whose getIamPolicy is a POST."""
        body = {"options": {"requestedPolicyVersion": 3}} if post else None
        found = self._ask("POST" if post else "GET", api, f"{path}:getIamPolicy", body)
        return list((found or {}).get("bindings", []))

    def items(self, api: str, path: str, key: str) -> list[dict[str, Any]]:
        """Every item of a list, over all pages."""
        found: list[dict[str, Any]] = []
        token = ""
        for _ in range(PAGES):
            mark = "&" if "?" in path else "?"
            page = self.get(api, f"{path}{mark}pageToken={token}" if token else path) or {}
            found += page.get(key, [])
            token = page.get("nextPageToken", "")
            if not token:
                return found
        raise CloudError(f"{api} gives more than {PAGES} pages of {key}")

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
            raise TransientError(f"{api} cannot be reached: {type(error).__name__}") from error
        if response.status_code == 404 or (response.status_code == 403 and _is_disabled(response)):
            return None
        if response.status_code >= 500 or response.status_code == 429:
            raise TransientError(f"{api} answers {response.status_code}: try again")
        if response.status_code >= 400:
            raise CloudError(f"{api} refuses {method} {path.split('?', maxsplit=1)[0]}: {_message(response)}")
        return dict(response.json())


def _error(response: requests.Response) -> dict[str, Any]:
    try:
        found = response.json().get("error", {})
    except (ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_disabled(response: requests.Response) -> bool:
    details = _error(response).get("details", [])
    return any(item.get("reason") == "SERVICE_DISABLED" for item in details if isinstance(item, dict))


def _message(response: requests.Response) -> str:
    text = str(_error(response).get("message") or f"HTTP {response.status_code}")
    return " ".join(text.split())[:300]
