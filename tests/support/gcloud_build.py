"""Cloud Build in the simulated Google APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.gcloud_services import Services


def answer(services: Services, method: str, path: str, body: Any) -> Any:
    """Answers a call that starts a build: the build is done and has stored its images. None for other calls."""
    from tests.support.gcloud_services import PROJECT

    if method == "POST" and path.endswith("/builds"):
        images = [str(body["substitutions"][name.lstrip("$")]) for name in body["images"]]
        for image in images:
            tag = image.rsplit(":", 1)[-1]
            place, project, repository, package = image.rsplit(":", 1)[0].split("/")
            region = place.removesuffix("-docker.pkg.dev")
            full = f"projects/{project}/locations/{region}/repositories/{repository}/packages/{package}/tags/{tag}"
            services.state[f"artifactregistry/{full}"] = {"name": full}
        build = {**body, "id": "build-1", "status": "SUCCESS", "projectId": PROJECT, "name": f"{path}/build-1"}
        services.state[f"cloudbuild/{path}/build-1"] = build
        kind = {"@type": "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata", "build": build}
        return {"name": f"{path.removesuffix('/builds')}/operations/build-1", "metadata": kind, "done": False}
    return None
