"""A simulated Cloud Storage: buckets, their policies and their soft-deleted objects over the JSON API.

Formats: docs.cloud.google.com/storage/docs/json_api/v1/buckets and …/objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error
from demo.platform.policies import Delta, Policies


class StorageServer(JsonServer):
    """Buckets with etags and metagenerations; an outdated precondition is answered with 412.

    Restored objects exist immediately.
    """

    def __init__(self) -> None:
        super().__init__()
        self._policies = Policies()
        self._settings: dict[str, dict[str, Any]] = {}
        self._objects: dict[str, set[str]] = {}
        self._deleted: dict[str, dict[str, str]] = {}
        self.written: list[tuple[str, Any]] = []

    def add_bucket(self, name: str, bindings: Iterable[dict[str, Any]] = ()) -> None:
        """Adds a bucket."""
        with self.lock:
            self._policies.add(name, bindings)
            self._settings.setdefault(name, {"metageneration": 1, "publicAccessPrevention": "inherited"})

    def set_prevention(self, bucket: str, value: str) -> None:
        """Sets public access prevention, as a person would."""
        with self.lock:
            settings = self._settings[bucket]
            settings.update({"metageneration": settings["metageneration"] + 1, "publicAccessPrevention": value})

    def add_object(self, bucket: str, name: str, *, deleted: str = "") -> None:
        """Adds an object; with `deleted` (RFC 3339), an object that was soft-deleted at that time and no longer exists."""
        with self.lock:
            if deleted:
                self._deleted.setdefault(bucket, {})[name] = deleted
            else:
                self._objects.setdefault(bucket, set()).add(name)

    def objects(self, bucket: str) -> list[str]:
        """The objects that exist."""
        with self.lock:
            return sorted(self._objects.get(bucket, ()))

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
            case (method, "storage", "v1", "b", bucket, "iam"):
                return self._policy(method, bucket, request)
            case ("GET", "storage", "v1", "b", bucket):
                return self._bucket(bucket)
            case ("PATCH", "storage", "v1", "b", bucket):
                return self._patch(bucket, request)
            case ("GET", "storage", "v1", "b", bucket, "o"):
                return self._list(bucket, request.query)
            case ("POST", "storage", "v1", "b", bucket, "o", "bulkRestore"):
                return self._restore(bucket, request.body)
        return google_error(404, "Not Found", "notFound")

    def _policy(self, method: str, bucket: str, request: Request) -> Reply:
        if method == "GET":
            return self._read(bucket, int(request.query.get("optionsRequestedPolicyVersion", "1")))
        if not self._policies.write(bucket, request.body):
            return google_error(
                412, "At least one of the pre-conditions you specified did not hold.", "conditionNotMet"
            )
        return self._read(bucket, 3)

    def _bucket(self, bucket: str) -> Reply:
        etag, settings = self._policies.read(bucket)["etag"], self._settings[bucket]
        prevention = {"publicAccessPrevention": settings["publicAccessPrevention"]}
        metageneration = str(settings["metageneration"])
        named = {"kind": "storage#bucket", "name": bucket, "etag": etag, "metageneration": metageneration}
        return Reply(200, {**named, "iamConfiguration": prevention})

    def _patch(self, bucket: str, request: Request) -> Reply:
        self._policies.read(bucket)  # raises for a missing bucket
        if request.query.get("ifMetagenerationMatch") != str(self._settings[bucket]["metageneration"]):
            return google_error(
                412, "At least one of the pre-conditions you specified did not hold.", "conditionNotMet"
            )
        value = request.body["iamConfiguration"]["publicAccessPrevention"]
        self.set_prevention(bucket, value)
        self.written.append((bucket, value))
        return self._bucket(bucket)

    def _list(self, bucket: str, query: Mapping[str, str]) -> Reply:
        self._policies.read(bucket)
        deleted = self._deleted.get(bucket, {})
        names = deleted if query.get("softDeleted") == "true" else self._objects.get(bucket, set())
        first, last = query.get("startOffset", ""), query.get("endOffset", "\U0010ffff")
        found = sorted(name for name in names if first <= name < last)
        start, size = int(query.get("pageToken", "0")), int(query.get("maxResults", "1000"))
        items = [{"name": name, **({"softDeleteTime": deleted[name]} if names is deleted else {})} for name in found]
        more = {"nextPageToken": str(start + size)} if start + size < len(items) else {}
        return Reply(200, {"items": items[start : start + size], **more} if items else {})

    def _restore(self, bucket: str, body: dict[str, Any]) -> Reply:
        since, until = (datetime.fromisoformat(body[f"softDeleted{end}Time"]) for end in ("After", "Before"))
        times = {name: datetime.fromisoformat(at) for name, at in self._deleted.get(bucket, {}).items()}
        restored = {name for name, at in times.items() if since < at < until} - self._objects.get(bucket, set())
        self._objects.setdefault(bucket, set()).update(restored)
        self.written.append((bucket, sorted(restored)))
        return Reply(200, {"name": f"projects/_/buckets/{bucket}/operations/1"})

    def _read(self, bucket: str, version: int) -> Reply:
        policy = self._policies.read(bucket)
        if version < 3 and any("condition" in binding for binding in policy["bindings"]):
            return google_error(412, "Requested policy version is too low for conditions.", "conditionNotMet")
        return Reply(200, {"kind": "storage#policy", "resourceId": f"projects/_/buckets/{bucket}", **policy})
