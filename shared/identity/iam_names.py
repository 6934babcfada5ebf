"""Canonical names of members and resources.

Full resource names: docs.cloud.google.com/asset-inventory/docs/asset-names. Members:
docs.cloud.google.com/iam/docs/principal-identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from shared.lazy.pattern import lazy_pattern

MANAGER = "//cloudresourcemanager.googleapis.com/"
STORAGE = "//storage.googleapis.com/"
BIGQUERY = "//bigquery.googleapis.com/"
EVERYBODY = ("allUsers", "allAuthenticatedUsers")
_ADDRESSES = ("user", "group", "serviceAccount", "domain")
_PROJECT = lazy_pattern(r"/projects/([^/]+)")
SERVICE_ACCOUNTS = "gserviceaccount.com"


@lru_cache(maxsize=50_000)
def member_name(text: str) -> str:
    """A member in the form of bindings; e-mail addresses are case-insensitive."""
    kind, colon, name = text.partition(":")
    return f"{kind}:{address_name(name)}" if colon and kind in _ADDRESSES else text


def address_name(address: str) -> str:
    """An e-mail address in lower case.

    Addresses with non-ASCII letters are unchanged, because lower case could make them another address.
    """
    return address.lower() if address.isascii() else address


def is_service_account(address: str) -> bool:
    """Whether an address is in a domain of service accounts. The whole domain is compared, not only its end."""
    domain = address.rpartition("@")[2].lower()
    return (
        "@" in address and domain.isascii() and (domain == SERVICE_ACCOUNTS or domain.endswith(f".{SERVICE_ACCOUNTS}"))
    )


def member_of_principal(principal: str) -> str:
    """The member, such as user:alice@example.com, for a principal as an audit entry or a user writes it."""
    if ":" in principal or principal in EVERYBODY or "@" not in principal:
        return member_name(principal)
    kind = "serviceAccount" if is_service_account(principal) else "user"
    return member_name(f"{kind}:{principal}")


def caller_name(who: Mapping[str, Any]) -> str:
    """The address of the caller in the `authenticationInfo` of an audit entry; empty if there is none.

    Some entries have only a subject, such as `serviceAccount:etl@p.iam.gserviceaccount.com`.
    """
    return str(who.get("principalEmail") or "") or subject_name(who)


def subject_name(who: Mapping[str, Any]) -> str:
    """The address in the subject of a caller; empty for one without an address, such as a federated identity."""
    subject = who.get("principalSubject")
    name = subject.rpartition(":")[2].rpartition("/")[2] if isinstance(subject, str) else ""
    return name if "@" in name else ""


def short_name(name: str) -> str:
    """The resource in the short form that people write."""
    if name.startswith(MANAGER):
        return name.removeprefix(MANAGER)
    if name.startswith(STORAGE):
        return "gs://" + name.removeprefix(STORAGE)
    parts = name.removeprefix(BIGQUERY).split("/")
    if name.startswith(BIGQUERY) and parts[::2] in (["projects", "datasets"], ["projects", "datasets", "tables"]):
        return ".".join(parts[1::2])
    return name


def project_of(name: str) -> str:
    """The project in a resource's name; empty if the name contains none, as that of a bucket."""
    match = _PROJECT.search(name)
    return match[1] if match else ""


def containers(name: str) -> Iterator[str]:
    """The containers in a resource's own name, nearest first: the dataset of a table, then its project."""
    if name.startswith(MANAGER):
        return  # the name of a project does not contain its folder
    head = "//" + name.removeprefix("//").partition("/")[0]
    while (name := name.rpartition("/")[0]) and name not in (head, "/"):
        yield name
    # Names in other services contain the project too, but the policy of a project belongs to the Resource Manager.


def parents(name: str, ancestors: Iterator[str] | list[str]) -> list[str]:
    """All resources whose policies also apply to this resource, nearest first, without the resource itself."""
    names = list(containers(name))
    above = list(ancestors)
    project = project_of(name)
    if project and f"projects/{project}" not in above:
        above.insert(0, f"projects/{project}")
    names += [MANAGER + ancestor for ancestor in above]
    return [item for item in dict.fromkeys(names) if item != name]
