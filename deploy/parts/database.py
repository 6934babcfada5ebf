"""Cloud SQL for PostgreSQL: the instance, the two databases, and a database user for each account.

The functions log in by IAM and have no password. The release job has a built-in user, because only such a user may
create tables and grant rights on a new instance. Its password is random and stored in a secret that only the job reads.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.parts import safety
from deploy.site import Site
from deploy.step import Step, later
from shared.errors import InputError
from shared.texts import Text
from shared.texts.deploy import differences, errors, placeholders, purposes, resources

FLAG = "cloudsql.iam_authentication"
VERSIONS_ON = "ENABLED"
INSTANCE_LABEL = "hinomi-instance"


def steps(site: Site) -> Iterator[Step]:
    """The instance, if Hinomi creates it; for an existing instance only its IAM authentication."""
    current = _instance(site)
    if current is None:
        if site.target.database_instance:
            raise InputError(errors.NO_INSTANCE(name=site.instance))
        yield Step(resources.INSTANCE(name=site.instance), differences.MISSING_INSTANCE, _creation(site))
        return
    if _is_stopped(site):
        argv = ("sql", "instances", "patch", site.instance, site.in_project, "--activation-policy=ALWAYS", "--quiet")
        yield Step(resources.INSTANCE(name=site.instance), differences.STOPPED, argv)
    flags = {flag["name"]: flag.get("value", "") for flag in current.get("settings", {}).get("databaseFlags", [])}
    if flags.get(FLAG) != "on":
        flags_option = ",".join(f"{name}={value}" for name, value in {**flags, FLAG: "on"}.items())
        patch = (
            "sql",
            "instances",
            "patch",
            site.instance,
            site.in_project,
            f"--database-flags={flags_option}",
            "--quiet",
        )
        yield Step(resources.INSTANCE(name=site.instance), differences.NO_IAM, patch)
    if not site.target.database_instance:
        yield from safety.steps(site, current.get("settings", {}))
    if not site.target.database_instance and not site.is_managed(current.get("settings"), "userLabels"):
        label = "--update-labels=" + "=".join(site.label)
        patching = ("beta", "sql", "instances", "patch", site.instance, site.in_project)
        labelled = (*patching, label, "--quiet")
        yield Step(resources.INSTANCE(name=site.instance), differences.NO_LABEL, labelled)


def inside(site: Site) -> Iterator[Step]:
    """The databases, the users, and the secret with the password of the release job.

    A stopped instance does not list them; the previous phase starts it.
    """
    if _is_stopped(site):
        return
    where = (f"--instance={site.instance}", site.in_project)
    databases, users = _names(site, "databases"), _names(site, "users")
    for name in _databases(site):
        if name not in databases:
            yield Step(resources.DATABASE(name=name), differences.MISSING, ("sql", "databases", "create", name, *where))
    for user, function in _users(site).items():
        if user not in users:
            made = ("sql", "users", "create", user, *where, "--type=cloud_iam_service_account")
            yield Step(
                resources.DATABASE_USER(name=user), differences.MISSING, made, purposes.LOGS_IN(function=function)
            )
    yield from _release_user(site, exists=site.plan["database"]["release_user"] in users)


def missing(site: Site) -> list[Text]:
    """The missing databases and users that the release job works on, if that can be determined."""
    if _is_stopped(site):
        return []
    databases, users = _names(site, "databases"), _names(site, "users")
    lost = [resources.DATABASE(name=name) for name in _databases(site) if name not in databases]
    return lost + [resources.USER(name=name) for name in _users(site) if name not in users]


def present(site: Site) -> list[Text]:
    """The existing databases and users of the plan's names, if that can be determined."""
    if _is_stopped(site):
        return []
    databases, users = _names(site, "databases"), _names(site, "users")
    planned = [*_users(site), site.plan["database"]["release_user"]]
    names = [resources.DATABASE(name=name) for name in _databases(site) if name in databases]
    return names + [resources.DATABASE_USER(name=name) for name in planned if name in users]


def made_at(site: Site) -> str:
    """The creation time of the instance; an instance that was lost and created again has the same name and no content."""
    return str((_instance(site) or {}).get("createTime", ""))


def removal(site: Site) -> Iterator[Step]:
    """The instance, if Hinomi created it; on an existing instance the databases and users of the plan."""
    current = _instance(site)
    if current is None:
        return
    if site.target.database_instance:
        yield from _removal_inside(site)
    elif site.is_managed(current.get("settings"), "userLabels"):
        yield from _removal_of_instance(site, current)


def _removal_inside(site: Site) -> Iterator[Step]:
    spec = site.plan["database"]
    users = {site.database_user(item["account"]) for item in site.plan["functions"].values()} | {spec["release_user"]}
    for kind, text, planned in (
        ("databases", resources.DATABASE, set(spec["databases"].values())),
        ("users", resources.USER, users),
    ):
        for name in sorted(planned & {item["name"] for item in _list(site, kind)}):
            where = (f"--instance={site.instance}", site.in_project, "--quiet")
            yield Step(text(name=name), differences.OWNED, ("sql", kind, "delete", name, *where))


def remove_secret(site: Site) -> Iterator[Step]:
    """Deletes the secret together with the databases that its password is for."""
    name = site.plan["database"]["release_secret"]
    if site.is_managed(secret(site, name)):
        yield Step(
            resources.SECRET(name=name), differences.OWNED, ("secrets", "delete", name, site.in_project, "--quiet")
        )


def connection_name(site: Site) -> str:
    """The name of the instance for the connector."""
    current = _instance(site)
    return str((current or {}).get("connectionName") or f"{site.target.project}:{site.target.region}:{site.instance}")


def url(site: Site, database: str, account: str) -> str:
    """The database URL of an account: no password, IAM; `database` is error or schema."""
    user = site.database_user(account).replace("@", "%40")
    name = site.plan["database"]["databases"][database]
    return f"postgresql+psycopg://{user}@/{name}?host=/cloudsql/{connection_name(site)}"


def secret(site: Site, name: str) -> dict[str, Any] | None:
    """A secret's description."""
    return site.cloud.get("secretmanager", f"v1/projects/{site.target.project}/secrets/{name}")


def has_value(site: Site, name: str) -> bool:
    """Whether the latest version of a secret is enabled."""
    path = f"v1/projects/{site.target.project}/secrets/{name}/versions/latest"
    return (site.cloud.get("secretmanager", path) or {}).get("state") == VERSIONS_ON


def make_secret(site: Site) -> Iterator[Step]:
    """The empty secret of the release job."""
    name = site.plan["database"]["release_secret"]
    if secret(site, name) is None:
        labels = f"{site.label_argument},{_opens(site)}"
        argv = ("secrets", "create", name, site.in_project, "--replication-policy=automatic", labels)
        yield Step(resources.SECRET(name=name), differences.MISSING, argv, purposes.JOB_PASSWORD)


def _release_user(site: Site, *, exists: bool) -> Iterator[Step]:
    """The user and the secret with its password, in an order that any interruption can continue from.

    The secret's label names the instance that its password is valid for: on another one the password is set again.
    """
    name, user = site.plan["database"]["release_secret"], site.plan["database"]["release_user"]
    has_password, opens = has_value(site, name), _is_for(site, secret(site, name))
    if exists and has_password and opens:
        return
    password = _password(site, has_password=has_password)
    flags = _file(site, "flags.yaml", f"--password: {password}\n")
    verb, more = (("set-password",), ()) if exists else (("create",), ("--type=built_in",))
    argv = ("sql", "users", *verb, user, f"--instance={site.instance}", site.in_project, *more, f"--flags-file={flags}")
    difference = differences.NO_PASSWORD if exists else differences.MISSING
    users = [Step(resources.DATABASE_USER(name=user), difference, argv)]
    if not has_password:
        file = _file(site, "password", password)
        argv = ("secrets", "versions", "add", name, site.in_project, f"--data-file={file}")
        value = Step(resources.SECRET(name=name), differences.NO_VALUE, argv)
        # A secret without its user is completed again; a user with another password than the secret would go unnoticed.
        users = [*users, value] if exists else [value, *users]
    yield from users
    if not opens:
        argv = ("secrets", "update", name, site.in_project, f"--update-labels={_opens(site)}")
        yield Step(resources.SECRET(name=name), differences.OTHER_INSTANCE, argv)


def _opens(site: Site) -> str:
    return f"{INSTANCE_LABEL}={site.instance[:63]}"


def _is_for(site: Site, current: dict[str, Any] | None) -> bool:
    # The previous phase created the secret, with the label.
    return current is None or current.get("labels", {}).get(INSTANCE_LABEL) == site.instance[:63]


def _password(site: Site, *, has_password: bool) -> str:
    if site.work is None:
        return ""  # only for display, never run
    if not has_password:
        return secrets.token_urlsafe(32)
    name = site.plan["database"]["release_secret"]
    answer = site.cloud.get("secretmanager", f"v1/projects/{site.target.project}/secrets/{name}/versions/latest:access")
    return base64.b64decode((answer or {}).get("payload", {}).get("data", "")).decode()


def _file(site: Site, name: str, content: str) -> str:
    """A file that only the caller can read, for values that must not be on a command line."""
    if site.work is None:
        return later(placeholders.FILE(content=placeholders.CONTENTS[name.partition(".")[0]]))
    path = Path(site.work) / name
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
    return str(path)


def _creation(site: Site) -> tuple[str, ...]:
    spec = site.plan["database"]
    return (
        *("beta", "sql", "instances", "create", site.instance, site.in_project, f"--region={site.target.region}"),
        *(f"--database-version={spec['version']}", "--edition=enterprise", f"--tier={spec['tier']}"),
        *(f"--storage-size={spec['storage_gb']}", "--storage-type=SSD"),
        *("--availability-type=zonal", f"--database-flags={FLAG}=on", *safety.CLOSED, *safety.SAFE),
        *(site.label_argument, "--quiet"),
    )


def _removal_of_instance(site: Site, current: dict[str, Any]) -> Iterator[Step]:
    what = resources.INSTANCE(name=site.instance)
    if current.get("settings", {}).get("deletionProtectionEnabled"):
        patch = ("sql", "instances", "patch", site.instance, site.in_project, "--no-deletion-protection", "--quiet")
        yield Step(what, differences.PROTECTED, patch)
    yield Step(what, differences.OWNED, ("sql", "instances", "delete", site.instance, site.in_project, "--quiet"))


def _instance(site: Site) -> dict[str, Any] | None:
    return site.cloud.get("sql", f"sql/v1beta4/projects/{site.target.project}/instances/{site.instance}")


def _is_stopped(site: Site) -> bool:
    return bool((_instance(site) or {}).get("settings", {}).get("activationPolicy") == "NEVER")


def _databases(site: Site) -> list[str]:
    return list(site.plan["database"]["databases"].values())


def _users(site: Site) -> dict[str, str]:
    """The database users of the functions, each with its function."""
    return {site.database_user(function.account): function.target for function in site.functions}


def _names(site: Site, kind: str) -> set[str]:
    return {item["name"] for item in _list(site, kind)}


def _list(site: Site, kind: str) -> list[dict[str, Any]]:
    if _instance(site) is None:
        return []
    return site.cloud.items(
        "sql", f"sql/v1beta4/projects/{site.target.project}/instances/{site.instance}/{kind}", "items"
    )
