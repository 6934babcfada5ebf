"""Which API's audit logs show the use of a permission.

Most permissions begin with the name of their API. Names in audit entries: docs.cloud.google.com/logging/docs/audit/
services and the page on audit logging of each service.
"""

from __future__ import annotations

from functools import lru_cache

ANY = "*"
DOMAIN = ".googleapis.com"
# The longest beginning counts.
SERVICES: dict[str, tuple[str, ...]] = {
    "resourcemanager": ("cloudresourcemanager",),
    # sql/docs/audit-logging: not sqladmin, although that is the API's name.
    "cloudsql": ("cloudsql",),
    # Short-lived credentials are made by an API of their own (iam/docs/audit-logging/examples-service-accounts).
    "iam.serviceAccounts": ("iam", "iamcredentials", "sts"),
    "bigquery.connections": ("bigqueryconnection",),
    "bigquery.reservations": ("bigqueryreservation",),
    "bigquery.reservationAssignments": ("bigqueryreservation",),
    "bigquery.capacityCommitments": ("bigqueryreservation",),
    "bigquery.bireservations": ("bigqueryreservation",),
    "bigquery.transfers": ("bigquerydatatransfer",),
    "bigquery.dataPolicies": ("bigquerydatapolicy",),
    "bigquery.readsessions": ("bigquery", "bigquerystorage"),
    "container": ("container", "k8s.io"),
    "orgpolicy.policy": ("orgpolicy", "cloudresourcemanager"),
    "datastore": ("datastore", "firestore"),
    "bigtable": ("bigtable", "bigtableadmin"),
    "cloudkms": ("cloudkms",),
    "clientauthconfig": ("oauth2",),
    "compute.instances.osLogin": ("compute", "oslogin"),
}

# Beginnings of permissions whose API has a page on audit logging that says which of its methods are logged as what. Of
# others nobody knows whether a use is logged, whatever the audit configuration says (logging/docs/audit/services).
AUDITED = frozenset((
    "accessapproval", "accesscontextmanager", "aiplatform", "alloydb", "analyticshub", "apigateway", "apikeys",
    "artifactregistry", "backupdr", "batch", "beyondcorp", "bigquery", "bigquerymigration", "bigtable",
    "binaryauthorization", "certificatemanager", "cloudasset", "cloudbuild", "clouddeploy", "cloudfunctions", "cloudkms",
    "cloudscheduler", "cloudsql", "cloudtasks", "composer", "compute", "container", "containeranalysis", "dataform",
    "datacatalog", "datafusion", "datalineage", "dataflow", "datamigration", "dataplex", "dataproc", "datastore",
    "datastream", "deploymentmanager", "dlp", "dns", "eventarc", "file", "gkebackup", "gkehub", "healthcare", "iam", "iap",
    "ids", "integrations", "logging", "managedidentities", "managedkafka", "memcache", "metastore", "ml", "monitoring",
    "networkconnectivity", "networkmanagement", "networksecurity", "networkservices", "notebooks", "orgpolicy",
    "osconfig", "privateca", "pubsub", "pubsublite", "recaptchaenterprise", "redis", "resourcemanager",
    "run", "secretmanager", "securitycenter", "servicedirectory", "servicemanagement", "servicenetworking",
    "serviceusage", "source", "spanner", "storage", "storageinsights", "storagetransfer", "vmwareengine", "vpcaccess",
    "workflows", "workstations",
))  # fmt: skip


def is_audited(permission: str) -> bool:
    """Whether it is written down how the API of a permission logs."""
    return permission.partition(".")[0] in AUDITED


@lru_cache(maxsize=20_000)
def services_of(permission: str) -> frozenset[str]:
    """The names of the services, as audit entries and audit configurations have them."""
    parts = permission.split(".")
    beginnings = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    found = next((SERVICES[item] for item in beginnings if item in SERVICES), (parts[0],))
    return frozenset(name if "." in name else name + DOMAIN for name in found)
