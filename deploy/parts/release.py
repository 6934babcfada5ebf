"""The release job: it migrates the databases before the functions get the new code.

It runs deploy/release_job.py in an image of its own, built from the same source: migrations under a lock, rights for
the functions' users, and the handler rules.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from deploy.parts import database
from deploy.parts.functions import DIGEST_LABEL, list_of
from deploy.site import Site
from deploy.step import Step, later
from shared.texts import joined
from shared.texts.deploy import differences, placeholders, resources

DONE_LABEL = "hinomi-released"
PACKAGE = "release"
BUILDPACKS = "cloudbuild.yaml"


def repository(site: Site) -> Iterator[Step]:
    """The repository of the job's images."""
    name = site.plan["release"]["repository"]
    if _repository(site) is None:
        options = ("--repository-format=docker", f"--location={site.target.region}", site.label_argument)
        argv = ("artifacts", "repositories", "create", name, site.in_project, *options, "--quiet")
        yield Step(resources.IMAGE_REPOSITORY(name=name), differences.MISSING, argv)


def image(site: Site) -> Iterator[Step]:
    """Builds the image of this source, once."""
    build = build_command(site, PACKAGE, site.digest)
    if build:
        yield Step(resources.IMAGE, differences.NOT_BUILT, build)


def build_command(
    site: Site, package: str, tag: str, config: str = BUILDPACKS, *, folder: str = "", dockerfile: str = ""
) -> tuple[str, ...]:
    """The command that builds a folder of the source as an image; empty if the image exists.

    Without a `folder` the folder has the name of the image. `dockerfile` is its path for a configuration that uses one.
    """
    path = f"v1/{_location(site)}/repositories/{site.plan['release']['repository']}/packages/{package}/tags/{tag}"
    if site.cloud.get("artifactregistry", path) is not None:
        return ()
    file = f",_FILE={dockerfile}" if dockerfile else ""
    build = f"projects/{site.target.project}/serviceAccounts/{site.email('hinomi-build')}"
    options = (
        *(site.in_project, f"--region={site.target.region}", f"--config={site.source / config}"),
        f"--substitutions=_IMAGE={image_name(site, package, tag)},_ACCOUNT={build}{file}",
        "--suppress-logs",
        "--default-buckets-behavior=regional-user-owned-bucket",
    )
    return ("builds", "submit", str(site.source / (folder or package)), *options, "--quiet")


def job(site: Site) -> Iterator[Step]:
    """The job, one run of it, and the mark that only a successful run sets.

    Every change of the job removes the mark, so that after a return to an earlier version the job runs again.
    """
    name = site.plan["release"]["job"]
    current = _job(site)
    options = _options(site)
    digest = _digest(*options)
    where = (site.in_project, f"--region={site.target.region}")
    changed = current is None or current.get("labels", {}).get(DIGEST_LABEL) != digest or not site.is_managed(current)
    if changed:
        verb, flag = ("create", "labels") if current is None else ("update", "update-labels")
        labels = [f"--{flag}={'='.join(site.label)},{DIGEST_LABEL}={digest}"]
        labels += [] if current is None else [f"--remove-labels={DONE_LABEL}"]
        argv = ("run", "jobs", verb, name, site.in_project, *options, *labels, "--quiet")
        difference = differences.MISSING if current is None else differences.OTHER_IMAGE
        yield Step(resources.JOB(name=name), difference, argv)
    if changed or not was_run(site):
        argv = ("run", "jobs", "execute", name, *where, "--wait", "--quiet")
        yield Step(resources.RELEASE, differences.UNRELEASED, argv, creates=current is None)
        mark = f"--update-labels={DONE_LABEL}={_done(site)}"
        argv = ("run", "jobs", "update", name, *where, mark, "--quiet")
        yield Step(resources.JOB(name=name), differences.NOT_RUN, argv)


def was_run(site: Site) -> bool:
    """Whether the last run of the job succeeded, with this source, on this instance."""
    return bool((_job(site) or {}).get("labels", {}).get(DONE_LABEL) == _done(site))


def forget(site: Site) -> Iterator[Step]:
    """Removes the mark before a lost database or user is created again, because both need the job."""
    lost = database.missing(site)
    if lost and was_run(site):
        name = site.plan["release"]["job"]
        where = (site.in_project, f"--region={site.target.region}", f"--remove-labels={DONE_LABEL}", "--quiet")
        difference = differences.RAN_BEFORE(resources=joined(lost))
        yield Step(resources.JOB(name=name), difference, ("run", "jobs", "update", name, *where))


def released_digest(site: Site) -> str:
    """The digest of the source of the job's last version; empty without a job."""
    containers = (_job(site) or {}).get("template", {}).get("template", {}).get("containers", [{}])
    return str(containers[0].get("image", "")).rpartition(":")[2]


def image_name(site: Site, package: str, tag: str) -> str:
    """The full name of an image in Hinomi's repository."""
    registry = f"{site.target.region}-docker.pkg.dev/{site.target.project}"
    return f"{registry}/{site.plan['release']['repository']}/{package}:{tag}"


def remove_job(site: Site) -> Iterator[Step]:
    """Deletes the job with Hinomi's label."""
    name = site.plan["release"]["job"]
    if site.is_managed(_job(site)):
        where = (site.in_project, f"--region={site.target.region}", "--quiet")
        yield Step(resources.JOB(name=name), differences.OWNED, ("run", "jobs", "delete", name, *where))


def remove_repository(site: Site) -> Iterator[Step]:
    """Deletes the repository with its images, if it has Hinomi's label."""
    name = site.plan["release"]["repository"]
    if site.is_managed(_repository(site)):
        where = (site.in_project, f"--location={site.target.region}", "--quiet")
        argv = ("artifacts", "repositories", "delete", name, *where)
        yield Step(resources.IMAGE_REPOSITORY(name=name), differences.OWNED, argv)


def environment(site: Site) -> dict[str, str]:
    """The environment of the job: the databases, and the users with their rights."""
    spec = site.plan["database"]
    host = f"/cloudsql/{database.connection_name(site)}"
    made = {
        f"HINOMI_{name.upper()}_DB_URL": f"postgresql+psycopg://{spec['release_user']}@/{file}?host={host}"
        for name, file in spec["databases"].items()
    }
    rights = {
        name: {
            site.database_user(item.account): item.spec["databases"][name]
            for item in site.functions
            if name in item.spec["databases"]
        }
        for name in spec["databases"]
    }
    return {**made, "HINOMI_RELEASE_RIGHTS": json.dumps(rights), "HINOMI_RELEASE_SCHEMA_OWNER": spec["schema_owner"]}


def _options(site: Site) -> tuple[str, ...]:
    spec = site.plan["release"]
    secret = site.plan["database"]["release_secret"]
    return (
        *(f"--region={site.target.region}", f"--image={image_name(site, PACKAGE, site.digest)}"),
        f"--service-account={site.email(spec['account'])}",
        f"--set-cloudsql-instances={database.connection_name(site)}",
        f"--set-secrets=HINOMI_RELEASE_PASSWORD={secret}:latest",
        list_of("set-env-vars", environment(site)),
        *("--tasks=1", "--max-retries=1", f"--task-timeout={spec['timeout_seconds']}s"),
    )


def _done(site: Site) -> str:
    """Identifies a run: image, options with the handler rules in the image, and the exact instance."""
    made_at = database.made_at(site)
    return _digest(*_options(site), made_at) if made_at else later(placeholders.MARK)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _repository(site: Site) -> dict[str, Any] | None:
    path = f"v1/{_location(site)}/repositories/{site.plan['release']['repository']}"
    return site.cloud.get("artifactregistry", path)


def _job(site: Site) -> dict[str, Any] | None:
    return site.cloud.get("run", f"v2/{_location(site)}/jobs/{site.plan['release']['job']}")


def _location(site: Site) -> str:
    return f"projects/{site.target.project}/locations/{site.target.region}"
