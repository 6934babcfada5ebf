"""Cloud Run in the simulated Google APIs: gcloud uses version 1 (Knative), Hinomi reads version 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.gcloud_services import Services

SQL = "run.googleapis.com/cloudsql-instances"
UNCHECKED = "run.googleapis.com/invoker-iam-disabled"
HIDDEN = "run.googleapis.com/default-url-disabled"
PROXY = "run.googleapis.com/iap-enabled"
SCALING = "run.googleapis.com/scalingMode"
INGRESS = {"ALLOW_INTERNAL_ONLY": "INGRESS_TRAFFIC_INTERNAL_ONLY", "ALLOW_ALL": "INGRESS_TRAFFIC_ALL"}
LATEST = {"latestRevision": True, "percent": 100}
REGION = "asia-northeast1"


def answer(services: Services, method: str, path: str, body: Any) -> Any:
    """Answers a call of either version; None for other calls."""
    from tests.support.gcloud_services import PROJECT

    knative = "namespaces/" in path or path.startswith(("apis/", "api/"))
    if not knative:
        return _second(services, method, path)
    parts = path.split("/")
    at = parts.index("namespaces")
    kind, name = parts[at + 2], parts[at + 3].split(":")[0] if len(parts) > at + 3 else ""
    place = f"run/projects/{PROJECT}/locations/{REGION}"
    if kind == "services":
        return _service(services, method, f"{place}/services/{name}", body)
    if kind == "jobs":
        return _job(services, method, f"{place}/jobs", name or body["metadata"]["name"], path, body)
    if kind == "revisions" and not name:
        found = [_revision(f"{key.rpartition('/')[2]}-1") for key in services.state if _is_service(key)]
        return {"apiVersion": "serving.knative.dev/v1", "kind": "RevisionList", "metadata": {}, "items": found}
    return _revision(name) if kind == "revisions" else _execution_body("hinomi-release")


def _is_service(key: str) -> bool:
    return key.startswith("run/") and "/services/" in key and not key.endswith(":policy")


def _second(services: Services, method: str, path: str) -> Any:
    if path.endswith((":getIamPolicy", ":setIamPolicy")):
        return None
    if path.endswith("/executions"):
        found = services.state.get(f"run/{path.removesuffix('/executions')}:runs", [])
        return {"executions": found}
    if method == "GET" and "/services/" in path:
        return _second_service(path, services.find("run", path))
    if method == "GET" and path.endswith("/jobs"):
        start = f"run/{path}/"
        names = [key for key in services.state if key.startswith(start) and ":" not in key]
        return {"jobs": [_second_job(key.removeprefix("run/"), services.state[key]) for key in names]}
    if method == "GET" and "/jobs/" in path:
        return _second_job(path, services.find("run", path))
    return None


def _second_job(path: str, job: dict[str, Any]) -> dict[str, Any]:
    """Converts a job from version 1 of the API to version 2."""
    spec = job["spec"]["template"]["spec"]
    containers = [
        {"image": one["image"], "env": [_second_variable(each) for each in one.get("env", ())]}
        for one in spec["containers"]
    ]
    task = {
        "containers": containers,
        "serviceAccount": spec.get("serviceAccountName", ""),
        "maxRetries": spec.get("maxRetries", 3),
        "timeout": f"{spec.get('timeoutSeconds', 600)}s",
    }
    return {"name": path, "labels": job["labels"], "template": {"template": task}}


def _second_variable(variable: dict[str, Any]) -> dict[str, Any]:
    reference = variable.get("valueFrom", {}).get("secretKeyRef")
    if reference is None:
        return {"name": variable["name"], "value": variable.get("value", "")}
    source = {"secret": reference["name"], "version": reference["key"]}
    return {"name": variable["name"], "valueSource": {"secretKeyRef": source}}


def deployed(function: dict[str, Any], service: dict[str, Any]) -> dict[str, Any]:
    """The service after its function was deployed: it loses the VPC connector and keeps its traffic."""
    config = function["serviceConfig"]
    return {
        "name": function["name"].rpartition("/")[2],
        "annotations": {},
        "env": dict(config.get("environmentVariables", {})),
        "serviceAccount": config.get("serviceAccountEmail", ""),
        "ingress": INGRESS.get(config.get("ingressSettings", ""), ""),
        "unchecked": service.get("unchecked", ""),
        "scaling": service.get("scaling", ""),
        "hidden": service.get("hidden", ""),
        "proxy": service.get("proxy", ""),
        "traffic": service.get("traffic", [LATEST]),
    }


def _second_service(path: str, service: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in service["annotations"].get(SQL, "").split(",") if name]
    volumes = [{"cloudSqlInstance": {"instances": names}}] if names else []
    env = [{"name": name, "value": value} for name, value in service["env"].items()]
    template = {"volumes": volumes, "containers": [{"env": env}], "serviceAccount": service["serviceAccount"]}
    traffic = [
        {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": item["percent"]}
        if item.get("latestRevision")
        else {
            "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
            "revision": item["revisionName"],
            "percent": item["percent"],
        }
        for item in service["traffic"]
    ]
    switches = {
        "invokerIamDisabled": service["unchecked"],
        "defaultUriDisabled": service["hidden"],
        "iapEnabled": service["proxy"],
    }
    switched = {name: True for name, on in switches.items() if on}
    scaling = {"scaling": {"scalingMode": "MANUAL"}} if service["scaling"] else {}
    ready = f"{path}/revisions/{service['name']}-1"
    revisions = {"latestReadyRevision": ready, "latestCreatedRevision": service.get("failing", ready)}
    return {
        "name": path,
        "template": template,
        "traffic": traffic,
        "ingress": service["ingress"],
        **switched,
        **scaling,
        **revisions,
    }


def _service(services: Services, method: str, key: str, body: Any) -> Any:
    from tests.support.gcloud_services import NUMBER

    service = services.find("run", key.removeprefix("run/"))
    if method == "PUT":
        marks = body["spec"]["template"]["metadata"].get("annotations", {})
        service["annotations"] = {SQL: marks[SQL]} if SQL in marks else {}
        annotations = body["metadata"].get("annotations", {})
        service["unchecked"] = annotations.get(UNCHECKED, "").lower().replace("false", "")
        service["hidden"] = annotations.get(HIDDEN, "").lower().replace("false", "")
        service["proxy"] = annotations.get(PROXY, "").lower().replace("false", "")
        service["scaling"] = annotations.get(SCALING, "").replace("automatic", "")
        service["traffic"] = body["spec"].get("traffic", service["traffic"])
    name = service["name"]
    annotations = {
        UNCHECKED: service["unchecked"],
        SCALING: service["scaling"],
        HIDDEN: service["hidden"],
        PROXY: service["proxy"],
    }
    marks = {mark: text for mark, text in annotations.items() if text}
    served = [{"revisionName": f"{name}-1", **item} for item in service["traffic"]]
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NUMBER, "labels": {}, "annotations": marks, "generation": 1},
        "spec": {
            "template": {
                "metadata": {"annotations": dict(service["annotations"]), "labels": {}},
                "spec": {"containers": [{"image": "gcr.io/x", "resources": {}}]},
            },
            "traffic": service["traffic"],
        },
        "status": {
            "observedGeneration": 1,
            "latestReadyRevisionName": f"{name}-1",
            "latestCreatedRevisionName": f"{name}-1",
            "url": f"https://{name}-abc123-an.a.run.app",
            "address": {"url": f"https://{name}-abc123-an.a.run.app"},
            "traffic": served,
            "conditions": [
                {"type": kind, "status": "True"} for kind in ("Ready", "ConfigurationsReady", "RoutesReady")
            ],
        },
    }


def _job(services: Services, method: str, place: str, name: str, path: str, body: Any) -> Any:
    key = f"{place}/{name}"
    if path.endswith(":run"):
        runs = services.state.setdefault(f"{key}:runs", [])
        runs.append({"template": {"containers": [{"image": _image(services.state[key])}]}, "succeededCount": 1})
        return _execution_body(name)
    if method in ("GET", "DELETE"):
        services.find("run", key.removeprefix("run/"))
    if method == "DELETE":
        for gone in [item for item in services.state if item.startswith(key)]:
            del services.state[gone]
        return {"kind": "Status", "status": "Success"}
    if method in ("POST", "PUT"):
        labels = {label: value for label, value in body["metadata"].get("labels", {}).items() if "/" not in label}
        marks = body["spec"]["template"]["metadata"].get("annotations", {})
        spec = body["spec"]["template"]["spec"]
        services.state[key] = {"labels": labels, "annotations": {SQL: marks.get(SQL, "")}, "spec": spec}
    return _job_body(name, services.state[key])


def _image(job: dict[str, Any]) -> str:
    return str(job["spec"]["template"]["spec"]["containers"][0]["image"])


def _job_body(name: str, job: dict[str, Any]) -> dict[str, Any]:
    meta = {"name": name, "namespace": "example-project", "generation": 1, "labels": job["labels"], "annotations": {}}
    ready = {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}
    template = {"metadata": {"annotations": job["annotations"], "labels": {}}, "spec": job["spec"]}
    head = {"apiVersion": "run.googleapis.com/v1", "kind": "Job", "metadata": meta}
    return {**head, "spec": {"template": template}, "status": ready}


def _revision(name: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": "example-project", "annotations": {}, "labels": {}}
    ready = {"conditions": [{"type": "Ready", "status": "True"}], "imageDigest": "gcr.io/x@sha256:1"}
    spec = {"containers": [{"image": "gcr.io/x"}]}
    return {"apiVersion": "serving.knative.dev/v1", "kind": "Revision", "metadata": meta, "spec": spec, "status": ready}


def _execution_body(job: str) -> dict[str, Any]:
    meta = {
        "name": f"{job}-1",
        "namespace": "example-project",
        "generation": 1,
        "labels": {"run.googleapis.com/job": job},
    }
    done = [{"type": kind, "status": "True"} for kind in ("Completed", "Started", "ResourcesAvailable", "Retry")]
    status = {
        "observedGeneration": 1,
        "succeededCount": 1,
        "completionTime": "2026-11-23T00:00:00Z",
        "conditions": done,
    }
    spec = {"taskCount": 1, "template": {"spec": {"containers": [{"image": "x"}]}}}
    return {
        "apiVersion": "run.googleapis.com/v1",
        "kind": "Execution",
        "metadata": meta,
        "spec": spec,
        "status": status,
    }
