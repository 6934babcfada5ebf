"""What audit entries call a member.

docs.cloud.google.com/iam/docs/principal-identifiers; workload identity of GKE has two names for one account:
docs.cloud.google.com/kubernetes-engine/docs/concepts/workload-identity.
"""

from __future__ import annotations

import re
from functools import lru_cache

from db.sanitize import clean_key
from shared.iam_names import is_service_account

ESCAPE = "\\"
LONGEST = 300  # of the principal of an action
DOMAIN = "@"  # begins the name of everybody of a domain
PEOPLE = ("user:", "serviceAccount:")
_PRINCIPAL = "principal://"
_GKE = re.compile(r"principal://.*/workloadIdentityPools/([^/]+\.svc\.id\.goog)/subject/ns/([^/]+)/sa/([^/]+)")
# Accounts that people make, or that Google makes for what people run; all others are Google's own agents
# (iam/docs/service-account-types).
_OF_PEOPLE = re.compile(
    r"(?!service-\d+@)[a-z][a-z0-9-]*@(?!gcp-sa-)[a-z0-9.-]+\.iam\.gserviceaccount\.com"
    r"|\d+-\w+@developer\.gserviceaccount\.com|[a-z0-9.:-]+@appspot\.gserviceaccount\.com"
)
# Domains of agents that look like a project of somebody (iam/docs/service-agents).
_AGENTS = re.compile(
    r".*@(compute-system|container-engine-robot|container-analysis|dataflow-service-producer-prod|dataproc-accounts|"
    r"cloudcomposer-accounts|cloud-ml\.google\.com|gae-api-prod\.google\.com|gcf-admin-robot|serverless-robot-prod|"
    r"containerregistry|cloud-filer|cloud-redis|cloud-tpu|endpoints-portal|firebase-rules|gs-project-accounts|"
    r"monitoring-notification|security-center-api|service-networking|sourcerepo-service-accounts|"
    r"storage-transfer-service|bigquery-encryption|bigquery-data-connectors|bigquery-consp|"
    r"cloud-api-metrics|cloudkms-system|speckle-umbrella[a-z0-9-]*|[a-z0-9-]+\.google\.com)\.iam\.gserviceaccount\.com"
)


def logged_as(member: str) -> str | None:
    """The name of one person or account; @DOMAIN for a domain; None where logs have no name for the member."""
    kind, _, name = member.partition(":")
    if kind in ("user", "serviceAccount") and name:
        return canonical(name)
    if member.startswith(_PRINCIPAL):
        return canonical(member)
    return DOMAIN + name if kind == "domain" and name else None


@lru_cache(maxsize=20_000)
def canonical(principal: str) -> str:
    """One name for each principal, whichever the log has."""
    found = _GKE.fullmatch(principal)
    if found:
        return f"{found[1]}[{found[2]}/{found[3]}]".casefold()
    name = principal.removeprefix("serviceAccount:")
    return clean_key(name if name.startswith("principal") else name.casefold(), LONGEST)


def patterns(name: str) -> tuple[list[str], list[str]]:
    """How to look for a canonical name: exact names, and patterns of LIKE whose escape is ESCAPE."""
    if name.startswith(DOMAIN):
        return [], ["%" + _escaped(name)]
    pool, bracket, account = name.partition("[")
    if not bracket or not pool.endswith(".svc.id.goog"):
        return [name], []
    namespace, _, account = account.removesuffix("]").partition("/")
    end = f"/workloadIdentityPools/{pool}/subject/ns/{namespace}/sa/{account}"
    return [name, f"serviceAccount:{name}"], [f"principal://%{_escaped(end)}"]


def is_account(name: str) -> bool:
    """Whether it is the name of a service account."""
    return is_service_account(name)


def is_agent(name: str) -> bool:
    """Whether an account is one of Google's own."""
    if not is_account(name):
        return False
    return not _OF_PEOPLE.fullmatch(name) or bool(_AGENTS.fullmatch(name))


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
