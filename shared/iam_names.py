"""Names of members and resources, in one form wherever they come from.

Full resource names: docs.cloud.google.com/asset-inventory/docs/asset-names. Members:
docs.cloud.google.com/iam/docs/principal-identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

MANAGER = "//cloudresourcemanager.googleapis.com/"
STORAGE = "//storage.googleapis.com/"
BIGQUERY = "//bigquery.googleapis.com/"
EVERYBODY = ("allUsers", "allAuthenticatedUsers")
_ADDRESSES = ("user", "group", "serviceAccount", "domain")
_PROJECT = re.compile(r"/projects/([^/]+)")
SERVICE_ACCOUNTS = "gserviceaccount.com"


@lru_cache(maxsize=50_000)
def member_name(text: str) -> str:
    """A member as bindings have it; addresses are the same in any case."""
    kind, colon, name = text.partition(":")
    return f"{kind}:{name.casefold()}" if colon and kind in _ADDRESSES else text


def is_service_account(address: str) -> bool:
    """Whether an address is in the domain of service accounts; a domain that only ends alike is somebody else's."""
    domain = address.rpartition("@")[2].casefold()
    return "@" in address and (domain == SERVICE_ACCOUNTS or domain.endswith(f".{SERVICE_ACCOUNTS}"))


def member_of_principal(principal: str) -> str:
    """The member that stands for who an audit entry or a person names, such as user:alice@example.com."""
    if ":" in principal or principal in EVERYBODY or "@" not in principal:
        return member_name(principal)
    kind = "serviceAccount" if is_service_account(principal) else "user"
    return f"{kind}:{principal.casefold()}"


def short_name(name: str) -> str:
    """The full resource name as a person writes it."""
    if name.startswith(MANAGER):
        return name.removeprefix(MANAGER)
    if name.startswith(STORAGE):
        return "gs://" + name.removeprefix(STORAGE)
    parts = name.removeprefix(BIGQUERY).split("/")
    if name.startswith(BIGQUERY) and parts[::2] in (["projects", "datasets"], ["projects", "datasets", "tables"]):
        return ".".join(parts[1::2])
    return name


def project_of(name: str) -> str:
    """The project in a resource's name, empty where the name has none, as a bucket's."""
    found = _PROJECT.search(name)
    return found[1] if found else ""


def containers(name: str) -> Iterator[str]:
    """The names that contain a resource by its own name, nearest first: the dataset of a table, its project."""
    if name.startswith(MANAGER):
        return  # what contains a project is not in its name
    head = "//" + name.removeprefix("//").partition("/")[0]
    while (name := name.rpartition("/")[0]) and name not in (head, "/"):
        yield name
    # Names of other services contain the project too, but its policy is the Resource Manager's.


def parents(name: str, ancestors: Iterator[str] | list[str]) -> list[str]:
    """Everything whose policy applies to a resource too, nearest first, itself excluded."""
    found = list(containers(name))
    above = list(ancestors)
    project = project_of(name)
    if project and f"projects/{project}" not in above:
        above.insert(0, f"projects/{project}")
    found += [MANAGER + ancestor for ancestor in above]
    return [item for item in dict.fromkeys(found) if item != name]
