"""The simulated Google APIs: resources by path, lists, policies and operations, in the shape of the discovery documents."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from demo.platform.logging import lql
from deploy.site import read_plan
from tests.support.gcloud_resources import camel, merge, without_conditions

PROJECT, NUMBER = "example-project", "123456789012"
# ruff: noqa: ARG002 - all APIs have the same signature

APIS = (
    *(
        "artifactregistry",
        "bigquery",
        "cloudbuild",
        "cloudfunctions",
        "cloudresourcemanager",
        "cloudscheduler",
        "iam",
        "iap",
    ),
    *("logging", "monitoring", "pubsub", "run", "secretmanager", "serviceusage", "sql", "storage"),
)
Query = dict[str, str]
# Collections whose resources are created by POST: the source of the new name.
ID_PARAMETERS = {
    "repositories": "repositoryId",
    "secrets": "secretId",
    "functions": "functionId",
}
LIST_KEYS = {
    "serviceAccounts": "accounts",
    "databases": "items",
    "users": "items",
    "instances": "items",
    "builds": "builds",
}
AGENTS = {
    spec["api"]: {"role": role, "members": [spec["member"].replace("{number}", NUMBER)]}
    for role, spec in read_plan()["agents"].items()
}
COMPLETE_POLICY = 3  # the version of a policy that shows conditions
BESIDE = (":policy", ":runs")  # stored beside a resource
SERVER_NAMED = ("notificationChannels", "alertPolicies")
OPERATION_APIS = ("cloudfunctions", "artifactregistry", "serviceusage", "cloudbuild")


class ApiError(Exception):
    """An error answer."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        super().__init__(message)


class Services:
    """The state of all APIs: `state` maps "api/path" to the resource. `entries` are log entries, earliest first."""

    def __init__(self) -> None:
        self.base_url = ""
        self.entries: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {
            f"cloudresourcemanager/projects/{PROJECT}": {
                "projectId": PROJECT,
                "projectNumber": NUMBER,
                "lifecycleState": "ACTIVE",
                "name": PROJECT,
                "parent": {"type": "organization", "id": "1"},
            },
            "cloudresourcemanager/folders/2": {"name": "folders/2", "parent": "folders/3"},
            "cloudresourcemanager/folders/3": {"name": "folders/3", "parent": "organizations/1"},
        }

    def answer(self, api: str, method: str, path: str, query: Query, body: Any) -> Any:
        """The body of the response. Raises ApiError for any status but 200."""
        special = getattr(self, f"_{api}", None)
        path = re.sub(r"^(sql/|bigquery/)?v\d+(beta\d+|alpha\d*)?/", "", path)
        made = special(method, path, query, body) if special else None
        return made if made is not None else self.plain(api, method, path, query, body)

    # The common behaviour of resources.

    def plain(self, api: str, method: str, path: str, query: Query, body: Any) -> Any:
        if ":" in path.rsplit("/", 1)[-1] and path.rsplit(":", 1)[-1] in ("getIamPolicy", "setIamPolicy"):
            asked = (body or {}).get("options", {}).get("requestedPolicyVersion", 1)
            version = query.get("options.requestedPolicyVersion") or asked
            return self._policy(api, path, body, is_complete=int(version) == COMPLETE_POLICY)
        if path.startswith("operations/") or "/operations/" in path:
            return self._done(api, path)
        verbs: dict[str, Callable[[], Any]] = {
            "GET": lambda: self._get(api, path),
            "POST": lambda: self._post(api, path, query, body or {}),
            "PUT": lambda: self._put(api, path, body or {}),
            "PATCH": lambda: self._patch(api, path, query, body or {}),
            "DELETE": lambda: self._delete(api, path),
        }
        return verbs[method]()

    def find(self, api: str, path: str) -> Any:
        """Looks up a resource. Raises ApiError 404 if it does not exist."""
        if f"{api}/{path}" not in self.state:
            raise ApiError(404, f"{path} was not found")
        return self.state[f"{api}/{path}"]

    def _children(self, api: str, path: str) -> list[Any]:
        start = f"{api}/{path}/"
        mine = {key: item for key, item in self.state.items() if key.startswith(start) and not key.endswith(BESIDE)}
        return [item for key, item in mine.items() if "/" not in key[len(start) :]]

    def _get(self, api: str, path: str) -> Any:
        last = path.rsplit("/", 1)[-1]
        if len(path.split("/")) % 2 == 0:
            return self.find(api, path)
        return {LIST_KEYS.get(last, last): self._children(api, path)}

    def _post(self, api: str, path: str, query: Query, body: dict[str, Any]) -> Any:
        collection = path.rsplit("/", 1)[-1]
        if collection in SERVER_NAMED:
            given = [int(key.rsplit("/", 1)[-1]) for key in self.state if f"/{collection}/" in key]
            name = str(max(given, default=1000) + 1)
            body.setdefault("enabled", True)
        elif collection in ID_PARAMETERS:
            name = query[ID_PARAMETERS[collection]]
        else:
            name = str(body.get("name", "")).rsplit("/", 1)[-1]
        if not name:
            raise ApiError(400, f"no name for a new one of {path}")
        full = f"{path}/{name}"
        self._make(api, full, {**body, "name": name if api in ("logging", "sql") else full})
        return self._operation(api, full) if api in OPERATION_APIS else self.state[f"{api}/{full}"]

    def _make(self, api: str, path: str, resource: dict[str, Any]) -> None:
        if f"{api}/{path}" in self.state:
            raise ApiError(409, f"{path} already exists")
        self.state[f"{api}/{path}"] = resource

    def _put(self, api: str, path: str, body: dict[str, Any]) -> Any:
        self._make(api, path, {**body, "name": path})
        return self.state[f"{api}/{path}"]

    def _patch(self, api: str, path: str, query: Query, body: dict[str, Any]) -> Any:
        resource = self.find(api, path)
        mask = query.get("updateMask") or body.pop("updateMask", "")
        body = next(
            (body[name] for name in ("topic", "subscription", "serviceAccount") if isinstance(body.get(name), dict)),
            body,
        )
        fields = [camel(field) for field in mask.split(",") if field]
        for name, _, key in (field.partition(".") for field in fields if "." in field):
            if isinstance(resource.get(name), dict) and key not in body.get(name, {}):
                resource[name].pop(key, None)
        for name in {field.split(".")[0] for field in fields} or set(body):
            inner = any(field.startswith(f"{name}.") for field in fields)
            if name in body:
                merge(resource, name, body[name], replaces=api != "sql" and not inner)
            elif not inner:
                resource.pop(name, None)  # named by the mask and missing in the body: cleared
        return self._operation(api, path) if api in OPERATION_APIS else resource

    def _delete(self, api: str, path: str) -> Any:
        self.find(api, path)
        for key in [
            key for key in self.state if key == f"{api}/{path}" or key.startswith((f"{api}/{path}/", f"{api}/{path}:"))
        ]:
            del self.state[key]
        return self._operation(api, path) if api in OPERATION_APIS else {}

    def _operation(self, api: str, path: str) -> dict[str, Any]:
        place = "/".join(path.split("/")[:4]) if "/locations/" in path else ""
        return self._done(api, f"{place}/operations/{path.replace('/', '~')}".lstrip("/"))

    def _done(self, api: str, operation: str) -> dict[str, Any]:
        made = {"name": operation, "done": True, "status": "DONE", "response": self._response(api, operation)}
        if api == "cloudfunctions":
            stages = [{"name": "SERVICE", "state": "COMPLETE", "message": "done"}]
            made["metadata"] = {
                "@type": "type.googleapis.com/google.cloud.functions.v2.OperationMetadata",
                "stages": stages,
            }
        return made

    def _response(self, api: str, operation: str) -> Any:
        path = operation.rsplit("/", 1)[-1].replace("~", "/")
        kinds = {
            "cloudfunctions": "google.cloud.functions.v2.Function",
            "artifactregistry": "google.devtools.artifactregistry.v1.Repository",
        }
        kind = kinds.get(api)
        found = self.state.get(f"{api}/{path}", {})
        return {"@type": f"type.googleapis.com/{kind}", **found} if kind else {}

    def _policy(self, api: str, path: str, body: Any, *, is_complete: bool) -> Any:
        resource, _, verb = path.rpartition(":")
        key = f"{api}/{resource}:policy"
        exists = f"{api}/{resource}" in self.state or api in ("cloudresourcemanager", "iap")
        if not exists:
            raise ApiError(404, f"{resource} was not found")
        if verb == "setIamPolicy":
            wanted = [item for item in body["policy"].get("bindings", []) if item.get("members")]
            self.state[key] = {"bindings": wanted, "version": 1}
        found = self.state.get(key, {"version": 1})
        return {"etag": "BwXhqDVKjNY=", **(found if is_complete else without_conditions(found))}

    # Exceptions of single APIs.

    def _serviceusage(self, method: str, path: str, _query: Query, body: Any) -> Any:
        if path.endswith(":generateServiceIdentity"):
            service = path.rpartition("/")[2].partition(":")[0]
            email = f"service-{NUMBER}@gcp-sa-{service.partition('.')[0]}.iam.gserviceaccount.com"
            return {
                "name": "operations/finished.DONE_OPERATION",
                "done": True,
                "response": {"email": email, "uniqueId": "1"},
            }
        if path.endswith(("services:batchEnable", ":enable")):
            names = (body or {}).get("serviceIds") or [path.rsplit("/", 1)[-1].removesuffix(":enable")]
            for name in names:
                full = f"projects/{PROJECT}/services/{name}"
                self.state[f"serviceusage/{full}"] = {"name": full, "config": {"name": name}, "state": "ENABLED"}
            self._give_agents(names)
            return {"name": "operations/acat.enabled", "done": True, "response": {}}
        if method == "GET" and "/services/" in path:
            return self.state.get(f"serviceusage/{path}", {"name": path, "state": "DISABLED"})
        return None

    def _give_agents(self, apis: list[str]) -> None:
        """Grants service agents their roles when their API is enabled."""
        policy = self.state.setdefault(
            f"cloudresourcemanager/projects/{PROJECT}:policy", {"bindings": [], "version": 1}
        )
        known = [binding["role"] for binding in policy["bindings"]]
        policy["bindings"] += [dict(item) for api, item in AGENTS.items() if api in apis and item["role"] not in known]

    def _iam(self, method: str, path: str, _query: Query, body: Any) -> Any:
        if "/roles" in path:
            return self._role(method, path, body)
        if path == "permissions:queryTestablePermissions":
            return {"permissions": []}
        if method == "POST" and path.endswith("/serviceAccounts"):
            email = f"{body['accountId']}@{PROJECT}.iam.gserviceaccount.com"
            full = f"{path}/{email}"
            self._make("iam", full, {**body["serviceAccount"], "name": full, "email": email, "projectId": PROJECT})
            return self.state[f"iam/{full}"]
        if path.endswith(":enable"):
            self.find("iam", path.removesuffix(":enable")).pop("disabled", None)
            return {}
        if path.startswith("projects/-/"):
            return self.plain("iam", method, path.replace("projects/-/", f"projects/{PROJECT}/"), _query, body)
        return None

    def _role(self, method: str, path: str, body: Any) -> Any:
        if method == "POST" and path.endswith("/roles"):
            full = f"{path}/{body['roleId']}"
            self._make("iam", full, {**body["role"], "name": full})
            return self.state[f"iam/{full}"]
        if method == "POST" and path.endswith(":undelete"):
            self.find("iam", path.removesuffix(":undelete")).pop("deleted", None)
            return self.find("iam", path.removesuffix(":undelete"))
        if method == "DELETE" and "/roles/" in path:
            self.find("iam", path)["deleted"] = True
            return self.find("iam", path)
        return None

    def _logging(self, method: str, path: str, query: Query, body: Any) -> Any:
        if path == "entries:list":
            wanted = lql.parse(body["filter"])
            return {"entries": [entry for entry in reversed(self.entries) if lql.accepts(wanted, entry)]}
        if method == "POST" and path.endswith("/sinks"):
            made = self._post("logging", path, query, body)
            parent = path.removesuffix("/sinks").replace("/", "-")
            made["writerIdentity"] = f"serviceAccount:service-{parent}@gcp-sa-logging.iam.gserviceaccount.com"
            return made
        if method == "PUT":
            return self._patch("logging", path, query, body)
        return None

    def _pubsub(self, method: str, path: str, _query: Query, body: Any) -> Any:
        if path.endswith(":modifyPushConfig"):
            self.find("pubsub", path.removesuffix(":modifyPushConfig"))["pushConfig"] = body["pushConfig"]
            return {}
        return None

    def _secretmanager(self, method: str, path: str, query: Query, body: Any) -> Any:
        if path.endswith(":addVersion"):
            name = path.removesuffix(":addVersion")
            self.find("secretmanager", name)
            last = self.state.get(f"secretmanager/{name}/versions/latest", {}).get("name", "0")
            number = int(last.rpartition("/")[2]) + 1
            version = {
                "name": f"projects/{NUMBER}/{name.split('/', 2)[2]}/versions/{number}",
                "state": "ENABLED",
                "data": body["payload"]["data"],
                "clientSpecifiedPayloadChecksum": True,
            }
            self.state[f"secretmanager/{name}/versions/latest"] = version
            return version
        if path.endswith(":access"):
            return {"payload": {"data": self.find("secretmanager", path.removesuffix(":access"))["data"]}}
        return None

    def _sql(self, method: str, path: str, query: Query, body: Any) -> Any:
        from tests.support import gcloud_sql

        return gcloud_sql.answer(self, method, path, query, body)

    def _cloudresourcemanager(self, method: str, path: str, _query: Query, body: Any) -> Any:
        if method == "GET" and path.startswith("projects/"):
            return self.find("cloudresourcemanager", path)
        if path.endswith(":getAncestry"):
            names = self._ancestry(path.removesuffix(":getAncestry"))
            pairs = [name.split("s/", 1) for name in names]
            return {"ancestor": [{"resourceId": {"type": kind, "id": number}} for kind, number in pairs]}
        return None

    def _ancestry(self, project: str) -> list[str]:
        """A project and its ancestors, nearest first."""
        parent = self.find("cloudresourcemanager", project).get("parent", {})
        names = [project, *(f"{parent['type']}s/{parent['id']}" for _ in parent.get("id", "")[:1])]
        while names[-1].startswith("folders/"):
            names.append(self.find("cloudresourcemanager", names[-1])["parent"])
        return names

    def _cloudscheduler(self, method: str, path: str, query: Query, body: Any) -> Any:
        if path.endswith((":pause", ":resume")):
            name, _, verb = path.rpartition(":")
            self.find("cloudscheduler", name)["state"] = "PAUSED" if verb == "pause" else "ENABLED"
            return self.find("cloudscheduler", name)
        if method in ("POST", "PATCH"):
            made = self.plain("cloudscheduler", method, path, query, body)
            made["state"] = "PAUSED" if made.get("state") == "PAUSED" else "ENABLED"
            return made
        return None

    def _cloudfunctions(self, method: str, path: str, query: Query, body: Any) -> Any:
        if path.endswith(":generateUploadUrl"):
            url = f"{self.base_url}/upload/{PROJECT}/source.zip"
            return {"uploadUrl": url, "storageSource": {"bucket": "gcf-v2-uploads", "object": "source.zip"}}
        if path.endswith("/runtimes"):
            return {"runtimes": [{"name": "python313", "environment": "GEN_2", "stage": "GA"}]}
        if method == "GET" and path.endswith("/locations/-/functions"):
            start = f"cloudfunctions/{path.removesuffix('-/functions')}"
            return {"functions": [item for key, item in self.state.items() if key.startswith(start)]}
        if method in ("POST", "PATCH") and "/functions" in path:
            answer = self.plain("cloudfunctions", method, path, query, body)
            full = f"{path}/{query['functionId']}" if method == "POST" else path
            self._deployed(full)
            answer["response"] = self._response("cloudfunctions", answer["name"])
            return answer
        if method == "DELETE":
            self.state.pop(f"run/{path.replace('/functions/', '/services/')}", None)
        return None

    def _deployed(self, full: str) -> None:
        """Deploys a function as a Cloud Run service, without the VPC connector."""
        from tests.support import gcloud_run

        function, name = self.state[f"cloudfunctions/{full}"], full.rsplit("/", 1)[-1]
        uri = f"https://{name}-abc123-an.a.run.app"
        service = full.replace("/functions/", "/services/")
        function.update(state="ACTIVE", environment="GEN_2", name=full, url=uri)
        function.setdefault("serviceConfig", {}).update(uri=uri, service=service)
        self.state[f"run/{service}"] = gcloud_run.deployed(function, self.state.get(f"run/{service}", {}))

    def _upload(self, method: str, path: str, query: Query, body: Any) -> Any:
        if method == "PUT":  # to the signed URL of a function's source
            return {}
        boundary, _, rest = bytes(body).partition(b"\n")
        media = rest.split(boundary.strip())[1].split(b"\n\n", 1)[1].removesuffix(b"\n").removesuffix(b"\r")
        bucket = path.split("b/", 1)[-1].split("/", maxsplit=1)[0]
        stored = {"name": query["name"], "bucket": bucket, "generation": "1", "size": str(len(media))}
        return {"kind": "storage#object", **stored}

    def _storage(self, method: str, path: str, query: Query, body: Any) -> Any:
        if path == "b" and method == "POST":
            full = {"kind": "storage#bucket", "id": body["name"], "projectNumber": NUMBER, **body}
            self._make("storage", f"b/{body['name']}", full)
            return full
        if path == "b":
            return {"items": self._children("storage", "b")}
        if method == "GET" and "/o" not in path:
            return self.find("storage", path)
        return None

    def _cloudbuild(self, method: str, path: str, _query: Query, body: Any) -> Any:
        from tests.support import gcloud_build

        return gcloud_build.answer(self, method, path, body)

    def _run(self, method: str, path: str, query: Query, body: Any) -> Any:
        from tests.support import gcloud_run

        return gcloud_run.answer(self, method, path, body)
