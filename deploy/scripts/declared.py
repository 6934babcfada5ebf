"""The scripts of the folder `actions/` that run as Cloud Run jobs, the names of their resources, and their digests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from handlers.actions.run_script import NAME
from handlers.scripts import folder
from handlers.scripts.script import Script, job_name
from handlers.spec import HandlerSpec
from shared.model import Mode
from shared.own_incidents import JOB_PREFIX

# Of all scripts: packages of Python, and the image if it is not built with buildpacks, by a configuration of its own.
REQUIREMENTS, DOCKERFILE = "requirements.txt", "Dockerfile"
DOCKER_BUILD = "docker-build.yaml"
PACKAGE = "scripts"  # the folder of the source, and the image of all scripts without one of their own
LONGEST_ACCOUNT = 30  # iam/docs/service-accounts-create
DIGEST_LENGTH = 32


@dataclass(frozen=True, slots=True)
class DeclaredScript:
    """A script, a digest of its folder with the shared packages, and whether it has an image of its own."""

    script: Script
    content: str
    has_own_image: bool = False

    @property
    def package(self) -> str:
        """The name of its image: the shared image, or its own if its folder has a Dockerfile."""
        return f"{PACKAGE}-{self.script.name}" if self.has_own_image else PACKAGE

    @property
    def dockerfile(self) -> str:
        """The path of its own Dockerfile in the source; empty if there is none."""
        return f"actions/{self.script.name}/{DOCKERFILE}" if self.has_own_image else ""

    @property
    def job(self) -> str:
        """The name of its Cloud Run job."""
        return JOB_PREFIX + job_name(self.script.name)

    @property
    def account(self) -> str:
        """The name of its service account: the name of the job, shortened to the limit of IAM."""
        if len(self.job) <= LONGEST_ACCOUNT:
            return self.job
        suffix = hashlib.sha256(self.script.name.encode()).hexdigest()[:6]
        return f"{self.job[: LONGEST_ACCOUNT - len(suffix) - 1].rstrip('-')}-{suffix}"


@dataclass(frozen=True, slots=True)
class ScriptImage:
    """The image of this source. `tag` identifies its content, `runtime` the shared part."""

    tag: str
    runtime: str


def read(actions: Path) -> dict[str, DeclaredScript]:
    """The scripts in a folder that run as jobs, by name; without scripts of a worker.

    Raises the first InputError of a manifest.
    """
    found = folder.read(actions)
    if found.errors:
        raise found.errors[0]
    files = (actions / REQUIREMENTS, actions / DOCKERFILE)
    shared = b"\0".join(file.read_bytes() if file.is_file() else b"" for file in files)
    return {
        name: DeclaredScript(
            script, digest(script.folder(actions), more=shared), (script.folder(actions) / DOCKERFILE).is_file()
        )
        for name, script in found.scripts.items()
        if not script.worker
    }


def with_used_permissions(
    scripts: Mapping[str, DeclaredScript], rules: Iterable[HandlerSpec]
) -> dict[str, DeclaredScript]:
    """The scripts; those that no enabled handler rule runs have no permissions. A dry run runs no script."""
    running = [rule for rule in rules if rule.enabled and rule.mode is not Mode.DRY_RUN and rule.action == NAME]
    used = {str(rule.params.get("script", "")) for rule in running}
    used |= {each.script.undo for name, each in scripts.items() if name in used}
    return {
        name: each if name in used else replace(each, script=replace(each.script, permissions=()))
        for name, each in scripts.items()
    }


def image(scripts_source: Path) -> ScriptImage | None:
    """The image that a build of this folder produces; None before `hinomi deploy source` has written the folder."""
    if not scripts_source.is_dir():
        return None
    return ScriptImage(digest(scripts_source), digest(scripts_source, without=("actions", "rules")))


def digest(source: Path, *, without: Collection[str] = (), more: bytes = b"") -> str:
    """A digest of the files that the image gets from a folder, without the excluded folders."""
    state = hashlib.sha256(more)
    for path in sorted(_files(source, without)):
        content = source.joinpath(*path).read_bytes()
        state.update(f"{'/'.join(path)}\0{len(content)}\0".encode() + content)
    return state.hexdigest()[:DIGEST_LENGTH]


def _files(source: Path, without: Collection[str]) -> Iterator[tuple[str, ...]]:
    """The files below a folder, each as the parts of its path, without caches and hidden files."""
    for parent, folders, names in os.walk(source, followlinks=True):
        parts = Path(parent).relative_to(source).parts
        unwanted = {"__pycache__", *(without if not parts else ())}
        folders[:] = [name for name in folders if name not in unwanted and not name.startswith(".")]
        yield from ((*parts, name) for name in names if not name.startswith("."))
