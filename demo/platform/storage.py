"""A simulated Cloud Storage: buckets and their policies over the JSON API.

Format: docs.cloud.google.com/storage/docs/json_api/v1/buckets.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error
from demo.platform.policies import Delta, Policies


class StorageServer(JsonServer):
    """Buckets with etags; an outdated etag is answered with 412."""

    def __init__(self) -> None:
        super().__init__()
        self._policies = Policies()

    def add_bucket(self, name: str, bindings: Iterable[dict[str, Any]] = ()) -> None:
        """Adds a bucket."""
        with self.lock:
            self._policies.add(name, bindings)

    def grant(self, bucket: str, role: str, member: str, condition: dict[str, str] | None = None) -> None:
        """Grants a role on the bucket, as a person would."""
        with self.lock:
            self._policies.grant(bucket, role, member, condition)

    def policy(self, bucket: str) -> dict[str, Any]:
        """The bucket's policy."""
        with self.lock:
            return self._policies.read(bucket)

    def policies(self) -> dict[str, dict[str, Any]]:
        """The policy of every bucket."""
        with self.lock:
            return {name: self._policies.read(name) for name in self._policies.by_name}

    def take_changes(self) -> list[tuple[str, list[Delta]]]:
        """Changes over the API since the last call: bucket and binding deltas."""
        with self.lock:
            return self._policies.take_changes()

    def answer(self, request: Request) -> Reply:
        """Answers a request to the JSON API."""
        try:
            return self._route(request)
        except KeyError:
            return google_error(404, "The specified bucket does not exist.", "notFound")
        except ValueError as error:
            return google_error(400, str(error), "invalid")

    def _route(self, request: Request) -> Reply:
        match (request.method, *request.parts):
            case ("GET", "storage", "v1", "b", bucket):
                return Reply(
                    200, {"kind": "storage#bucket", "name": bucket, "etag": self._policies.read(bucket)["etag"]}
                )
            case ("GET", "storage", "v1", "b", bucket, "iam"):
                return self._read(bucket, int(request.query.get("optionsRequestedPolicyVersion", "1")))
            case ("PUT", "storage", "v1", "b", bucket, "iam"):
                if not self._policies.write(bucket, request.body):
                    return google_error(
                        412, "At least one of the pre-conditions you specified did not hold.", "conditionNotMet"
                    )
                return self._read(bucket, 3)
        return google_error(404, "Not Found", "notFound")

    def _read(self, bucket: str, version: int) -> Reply:
        policy = self._policies.read(bucket)
        if version < 3 and any("condition" in binding for binding in policy["bindings"]):
            return google_error(412, "Requested policy version is too low for conditions.", "conditionNotMet")
        return Reply(200, {"kind": "storage#policy", "resourceId": f"projects/_/buckets/{bucket}", **policy})
