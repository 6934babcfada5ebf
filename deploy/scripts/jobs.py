"""The Cloud Run jobs of scripts, and their image.

One image has all scripts; a script whose folder has a Dockerfile has an image of its own. A job changes only if its own
script, its secrets or the shared code changed: labels record what it was deployed with. Jobs of deleted scripts are
found by Hinomi's label.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from deploy import secrets
from deploy.parts.release import BUILDPACKS, build_command, image_name
from deploy.scripts.declared import DIGEST_LENGTH, DOCKER_BUILD, DOCKERFILE, PACKAGE, DeclaredScript
from deploy.site import Site
from deploy.step import Step
from handlers.scripts.cloud_run import MARGIN_SECONDS
from handlers.scripts.local import SECRET
from shared.own_incidents import JOB_PREFIX
from shared.texts import EMPTY, Text, joined
from shared.texts.deploy import differences, resources

CONTENT, RUNTIME = "hinomi-content", "hinomi-runtime"  # labels


def images(site: Site) -> Iterator[Step]:
    """Builds the required images of this source, each once: one for all scripts, and one for each script with a Dockerfile."""
    needed = {each.package: each for each in site.scripts.values() if _problem(site, each)}
    for package, each in needed.items() if site.script_image is not None else ():
        shared = DOCKERFILE if (site.source / PACKAGE / DOCKERFILE).is_file() else ""
        dockerfile = each.dockerfile or shared
        config = DOCKER_BUILD if dockerfile else BUILDPACKS
        tag = site.script_image.tag if site.script_image else ""
        build = build_command(site, package, tag, config, folder=PACKAGE, dockerfile=dockerfile)
        if build:
            name = resources.IMAGE_OF_SCRIPT(name=each.script.name) if each.dockerfile else resources.IMAGE_OF_SCRIPTS
            yield Step(name, differences.NOT_BUILT_SCRIPTS, build)


def steps(site: Site) -> Iterator[Step]:
    """Creates missing jobs, and updates those that differ from their script."""
    for each in site.scripts.values():
        problem = _problem(site, each)
        if problem:
            verb, flag = ("create", "labels") if problem is differences.MISSING else ("update", "update-labels")
            labels = f"--{flag}={','.join(f'{name}={value}' for name, value in _labels(site, each).items())}"
            argv = (
                "run",
                "jobs",
                verb,
                each.job,
                site.in_project,
                *_image_option(site, each),
                *_options(site, each),
                labels,
            )
            yield Step(resources.JOB(name=each.job), problem, (*argv, "--quiet"))


def undeclared(site: Site) -> Iterator[Step]:
    """Deletes the jobs of scripts that no longer exist."""
    declared = {each.job for each in site.scripts.values()}
    for name in _managed(site):
        if name not in declared:
            yield _deletion(site, name, differences.NO_SCRIPT)


def removal(site: Site) -> Iterator[Step]:
    """Deletes the jobs of scripts with Hinomi's label."""
    for name in _managed(site):
        yield _deletion(site, name, differences.OWNED)


def existing(site: Site) -> dict[str, dict[str, Any]]:
    """The jobs in this region with names of scripts, including jobs of other owners."""
    jobs = site.cloud.items("run", f"v2/{site.script_location}/jobs?pageSize=100", "jobs")
    named = {str(job["name"].rpartition("/")[2]): job for job in jobs}
    return {name: job for name, job in named.items() if name.startswith(JOB_PREFIX)}


def mounted(site: Site, each: DeclaredScript) -> dict[str, str]:
    """The secrets of a script: the name by variable.

    Secrets without an enabled version are left out, because Cloud Run rejects them.
    """
    names = {variable: site.target.secrets.get(variable, "") for variable in variables(each)}
    return {variable: name for variable, name in names.items() if name and secrets.version(site, name)}


def variables(each: DeclaredScript) -> list[str]:
    """The variables from which the job of a script reads its secrets."""
    return [SECRET.of(name) for name in each.script.secrets]


def _managed(site: Site) -> list[str]:
    return [name for name, job in existing(site).items() if site.is_managed(job)]


def _deletion(site: Site, name: str, difference: Text) -> Step:
    where = (site.in_project, f"--region={site.target.region}", "--quiet")
    return Step(resources.JOB(name=name), difference, ("run", "jobs", "delete", name, *where))


def _problem(site: Site, each: DeclaredScript) -> Text:
    """The reason why a job must be deployed, empty if it need not."""
    job = existing(site).get(each.job)
    if job is None:
        return differences.MISSING
    labels, planned = job.get("labels", {}), _labels(site, each)
    if not site.is_managed(job):
        return differences.NO_LABEL
    if labels.get(CONTENT) != planned[CONTENT]:
        return differences.OTHER_SCRIPT
    if site.script_image is not None and labels.get(RUNTIME) != site.script_image.runtime:
        return differences.OTHER_RUNTIME
    edited = list(_edited(site, each, job))
    return differences.EDITED(names=joined(edited)) if edited else EMPTY


def _edited(site: Site, each: DeclaredScript, job: Mapping[str, Any]) -> Iterator[Text]:
    """The settings of a job that differ from its last deployment."""
    template = job.get("template", {}).get("template", {})
    if template.get("serviceAccount") != site.email(each.account):
        yield differences.setting("account")
    if template.get("maxRetries", 0) != 0:
        yield differences.setting("retries")
    if template.get("timeout") != f"{_timeout(each)}s":
        yield differences.setting("timeout")
    env = {one["name"]: one for container in template.get("containers", ()) for one in container.get("env", ())}
    if env.get("HINOMI_SCRIPT", {}).get("value") != each.script.name:
        yield differences.setting("HINOMI_SCRIPT")
    for variable, name in mounted(site, each).items():
        found = env.get(variable, {}).get("valueSource", {}).get("secretKeyRef", {}).get("secret", "")
        if str(found).rpartition("/")[2] != name:
            yield differences.setting(variable)


def _labels(site: Site, each: DeclaredScript) -> dict[str, str]:
    """Hinomi's label, and those that identify the script with its settings and the shared code."""
    content = hashlib.sha256("\0".join((each.content, *_options(site, each))).encode()).hexdigest()[:DIGEST_LENGTH]
    key, value = site.label
    runtime = site.script_image.runtime if site.script_image else ""
    return {key: value, CONTENT: content, RUNTIME: runtime}


def _image_option(site: Site, each: DeclaredScript) -> Iterator[str]:
    if site.script_image is not None:
        yield f"--image={image_name(site, each.package, site.script_image.tag)}"


def _options(site: Site, each: DeclaredScript) -> tuple[str, ...]:
    """The options of the job besides its image: the same for every build of the same script."""
    secret = [f"{variable}={name}:latest" for variable, name in sorted(mounted(site, each).items())]
    return (
        *(f"--region={site.target.region}", f"--service-account={site.email(each.account)}"),
        f"--set-env-vars=HINOMI_SCRIPT={each.script.name}",
        f"--set-secrets={','.join(secret)}" if secret else "--clear-secrets",
        *("--tasks=1", "--max-retries=0", f"--task-timeout={_timeout(each)}s"),
    )


def _timeout(each: DeclaredScript) -> int:
    """The time limit of the job in seconds; longer than that of the script, which the container enforces itself."""
    return each.script.time_limit + MARGIN_SECONDS
