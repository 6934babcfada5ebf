"""The project of a Google-managed service account, whose address contains the number of its project.

Forms: docs.cloud.google.com/iam/docs/service-account-types and docs.cloud.google.com/iam/docs/service-agents. Anybody
can create a project and so get a service agent of each Google service; only the number says whose agent it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

# Whether the project with this number is monitored; None if the numbers of the monitored projects are not known.
IsMonitored = Callable[[str], bool | None]

MONITORED, OTHER = "monitored", "other"

# Domains of agents that do not begin with gcp-sa-, similar to those of customer projects.
DOMAINS = (
    "compute-system", "container-engine-robot", "container-analysis", "dataflow-service-producer-prod", "dataproc-accounts",
    "cloudcomposer-accounts", "gcf-admin-robot", "serverless-robot-prod", "containerregistry", "cloud-filer", "cloud-redis",
    "cloud-tpu", "endpoints-portal", "firebase-rules", "gs-project-accounts", "monitoring-notification", "security-center-api",
    "service-networking", "sourcerepo-service-accounts", "storage-transfer-service", "bigquery-encryption",
    "bigquery-data-connectors", "bigquery-consp", "cloud-api-metrics", "cloudkms-system",
)  # fmt: skip
# Named after the number: agents, the agent of Google's APIs, and the default accounts of Cloud Build and Compute Engine.
_ADDRESS = (  # compiled on first use: most entries name no such account
    r"(?:deleted:)?(?:serviceaccount:)?(?:service-(\d{1,20})@[a-z0-9.-]+"
    r"|(\d{1,20})(?:@cloudservices|@cloudbuild|-compute@developer))\.gserviceaccount\.com(?:\?uid=\d+)?"
)


def project_number(member: str) -> str:
    """The number of the project in the address of a Google-managed account; empty for any other member.

    `member` is an address, or a member of a binding. A name such as service-7@p.iam.gserviceaccount.com counts too,
    although the users of a project p can create it.
    """
    match = re.fullmatch(_ADDRESS, member.lower()) if member.isascii() else None
    return (match[1] or match[2]) if match else ""


def is_of(whose: str, member: str, is_monitored: IsMonitored) -> bool:
    """Whether a member is a Google-managed account of a monitored project (MONITORED) or of another project (OTHER).

    False for all other members, and while the numbers of the monitored projects are unknown.
    """
    number = project_number(member)
    return bool(number) and is_monitored(number) is (whose == MONITORED)


def numbers_of(numbers: Collection[str], scope: str) -> IsMonitored:
    """A check of members by the project numbers in the settings.

    With a folder or an organization as `scope`, monitored projects may have further numbers that the settings do not
    list.
    """

    def is_monitored(number: str) -> bool | None:
        return True if number in numbers else None if scope or not numbers else False

    return is_monitored


def without_numbers(_number: str) -> bool | None:
    """The check for installations that know no project numbers."""
    return None
