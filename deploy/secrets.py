"""The secrets of an installation: variables of plug-ins and connections, each with a secret of Secret Manager.

deploy.sh passes the names (`--secret VARIABLE=NAME`), the functions store them (deploy/record.py), and each function
gets the secrets that its plug-ins and connections read. The values are never read.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from deploy.parts import database
from deploy.site import Function, Site, read_plan
from handlers.declared_settings import DeclaredSetting, declaration, declared
from handlers.scripts.cloud_run import LOCATION
from handlers.scripts.local import SECRET
from shared.errors import InputError
from shared.redaction.setting_values import shown_invalid
from shared.setting import declaring
from shared.suggestions import nearest
from shared.texts import listed
from shared.texts.deploy import errors

READER = "roles/secretmanager.secretAccessor"
Mounted = Mapping[str, tuple[str, str]]  # variable → name and version of the secret


def parse(given: Sequence[str], dropped: Sequence[str]) -> dict[str, str]:
    """Parses `--secret VARIABLE=NAME` and `--no-secret VARIABLE`: the name by variable, empty for a dropped secret.

    Raises InputError for a variable that is not a declared secret.
    """
    names: dict[str, str] = dict.fromkeys(dropped, "")
    for text in given:
        variable, mark, name = text.partition("=")
        if not mark or not name:
            raise InputError(errors.SECRET_FORM(value=shown_invalid(text)))
        if variable in names:
            raise InputError(errors.SECRET_TWICE(variable=variable))
        _check_declared(variable)
        names[variable] = name
    return names


def merged(last: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The secrets of the last deployment with the options of this one, without dropped secrets."""
    return {variable: name for variable, name in sorted({**last, **given}.items()) if name}


def functions_of(each: DeclaredSetting) -> tuple[str, ...]:
    """The functions of the plan that read a declared variable."""
    return tuple(target for target, spec in read_plan()["functions"].items() if _reads(target, spec, each))


def read_by(site: Site, function: Function) -> dict[str, str]:
    """The secrets that a function reads: the name by variable."""
    declarations = declared()
    declarations_of = {variable: declaration(variable, declarations) for variable in site.target.secrets}
    return {
        variable: site.target.secrets[variable]
        for variable, each in declarations_of.items()
        if each is not None and each.is_secret and _reads(function.target, function.spec, each)
    }


def mounted(site: Site, function: Function) -> Mounted:
    """The secrets of a function with the versions to mount, without secrets that have no enabled version."""
    versions = {variable: (name, version(site, name)) for variable, name in read_by(site, function).items()}
    return {variable: each for variable, each in versions.items() if each[1]}


def option(secrets: Mounted) -> str:
    """The option of `gcloud functions deploy` that mounts these secrets and no others."""
    pairs = [f"{variable}={name}:{number}" for variable, (name, number) in sorted(secrets.items())]
    return f"--set-secrets={','.join(pairs)}" if pairs else "--clear-secrets"


def version(site: Site, name: str) -> str:
    """The number of the latest enabled version of a secret; empty if there is none.

    `latest` would be read only when an instance starts; with a number, a new version is a change and is deployed.
    """
    path = f"v1/projects/{site.target.project}/secrets/{name}/versions?filter=state:ENABLED&pageSize=100"
    versions = site.cloud.items("secretmanager", path, "versions")
    usable = [item["name"].rpartition("/")[2] for item in versions if item.get("state") == database.VERSIONS_ON]
    return max(usable, key=int, default="")


def unread(site: Site) -> list[str]:
    """The variables with a secret that no plug-in, connection or script reads, such as those of a removed plug-in."""
    declarations = declared()
    return [
        variable
        for variable in site.target.secrets
        if not _is_secret(declaration(variable, declarations)) or _is_of_no_script(site, variable)
    ]


def suggested_name(variable: str) -> str:
    """The name of a secret for a variable: hinomi-teams-webhook-url for HINOMI_TEAMS_WEBHOOK_URL."""
    return variable.lower().replace("_", "-")


def create_command(variable: str, name: str, project: str) -> str:
    """The command that creates a secret from the shell variable of the same name."""
    options = shlex.join((f"--project={project}", "--replication-policy=automatic", "--data-file=-"))
    return f'printf %s "${variable}" | gcloud secrets create {shlex.quote(name)} {options}'


def add_command(variable: str, name: str, project: str) -> str:
    """The command that adds a version to a secret from the shell variable of the same name."""
    options = shlex.join((f"--project={project}", "--data-file=-"))
    return f'printf %s "${variable}" | gcloud secrets versions add {shlex.quote(name)} {options}'


def advice(variable: str, project: str) -> str:
    """The commands that provide a secret to the functions, one per line."""
    name = suggested_name(variable)
    return "\n".join(
        (
            f"  read -rs {variable}",
            f"  {create_command(variable, name, project)}",
            f"  ./deploy.sh … --secret {variable}={name}",
        )
    )


def secret_names(site: Site) -> Iterator[str]:
    """The names of all secrets, without duplicates."""
    yield from dict.fromkeys(site.target.secrets.values())


def _reads(target: str, spec: Mapping[str, object], each: DeclaredSetting) -> bool:
    parts = spec.get("reads_secrets_of", ())
    return isinstance(parts, list) and each.part in parts and target in (each.setting.functions or (target,))


def _is_secret(each: DeclaredSetting | None) -> bool:
    return each is not None and each.is_secret


def _is_of_no_script(site: Site, variable: str) -> bool:
    """Whether a variable is that of a secret of a script, and no script with a job of deploy.sh reads it."""
    if declaring((SECRET,), variable) is None or (LOCATION.variable in site.target.settings and not site.scripts):
        return False
    read = {SECRET.of(name) for each in site.scripts.values() for name in each.script.secrets}
    return variable not in read


def _check_declared(variable: str) -> None:
    declarations = declared()
    each = declaration(variable, declarations)
    if each is None:
        names = [name for one in declarations if one.is_secret for name in one.setting.documented]
        near = nearest(variable, names) or names
        raise InputError(errors.UNKNOWN_SECRET(variable=variable, names=listed(near)))
    if not each.is_secret:
        raise InputError(errors.NO_SECRET_VARIABLE(variable=variable))
