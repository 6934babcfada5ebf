"""From options to a Site: the token, the permissions, the filters and the source."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from collectors.metrics_analysis import artifact
from deploy import permissions
from deploy.cloud import Cloud
from deploy.site import Site, entry_points, read_plan
from deploy.target import Target
from shared import config
from shared.clients import SCOPE, new_session
from shared.errors import HinomiError, InputError
from shared.secret import Secret

OVERRIDES = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"


def token() -> Secret:
    """An access token: of gcloud where it is installed, otherwise the default credentials. Raises InputError."""
    gcloud = shutil.which("gcloud")
    if gcloud is not None:
        asked = subprocess.run(  # noqa: S603 - our own fixed command
            [gcloud, "auth", "print-access-token"], capture_output=True, text=True, check=False
        )
        if asked.returncode == 0:
            return Secret(asked.stdout.strip())
        raise InputError("gcloud has no active account: run `gcloud auth login`")
    import google.auth  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
    from google.auth.transport.requests import Request  # noqa: PLC0415

    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])
        credentials.refresh(Request())  # type: ignore[no-untyped-call]
    except GoogleAuthError as error:
        raise InputError(f"no Google credentials: install gcloud and run `gcloud auth login` ({error})") from error
    return Secret(str(credentials.token))


def look(access: Secret) -> Cloud:
    """A fresh look at Google's APIs."""
    bases = {name.lower(): url for name, url in config.variables(OVERRIDES).items()}
    return Cloud(new_session(), access, bases)


def site(
    target: Target, cloud: Cloud, *, source: Path, digest: str, rules_dir: Path | None = None, work: Path | None = None
) -> Site:
    """The installation of `target`, with what the rules and handler rules of `rules_dir` need. Raises InputError."""
    folder = rules_dir or config.load().rules_dir
    compiled = artifact.load(folder)
    handlers_file = folder / "handlers.yaml"
    needs = {
        name: permissions.declared(name, artifact=compiled, handlers_file=handlers_file)
        for name in read_plan()["functions"]
        if name in entry_points()
    }
    filters = sink_filters(compiled, target)
    return Site(target, cloud, needs=needs, filters=filters, source=source, digest=digest, work=work)


def sink_filters(compiled: dict[str, Any], target: Target) -> dict[str, str]:
    """The filters of the sinks by name, with the loop guard for this installation's own accounts and functions."""
    from collectors.metrics_analysis.sinks.pack import sinks  # noqa: PLC0415

    functions = [spec for name, spec in read_plan()["functions"].items() if name in entry_points()]
    accounts = [f"{spec['account']}@{target.project}.iam.gserviceaccount.com" for spec in functions]
    names = [spec["name"] for spec in read_plan()["functions"].values()]
    return {item.name: item.filter for item in sinks(compiled, service_accounts=accounts, function_names=names)}


def read_settings(file: Path | None) -> dict[str, str]:
    """Settings for the functions, one `HINOMI_NAME=value` a line. Raises InputError."""
    if file is None:
        return {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=file) from error
    found = {}
    for number, line in enumerate(lines, 1):
        name, mark, value = line.partition("=")
        if not line.strip() or line.startswith("#"):
            continue
        if not mark or not name.startswith("HINOMI_"):
            raise InputError("write HINOMI_NAME=value", file=file, line=number)
        if "PASSWORD" in name or "WEBHOOK" in name:
            raise InputError("this is a secret: give the webhook by --teams-webhook-secret", file=file, line=number)
        found[name.strip()] = value.strip()
    try:
        config.load(found)
    except InputError as error:
        raise InputError(error.message, file=file) from error
    return found


def refuse_missing_project(target: Target, cloud: Cloud) -> None:
    """Raises HinomiError when the project is not there or may not be seen."""
    if cloud.get("cloudresourcemanager", f"v1/projects/{target.project}") is None:
        raise HinomiError(f"there is no project {target.project}, or you may not see it")
