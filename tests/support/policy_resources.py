"""A resource of every kind that has an IAM policy, under the names that incidents and its API use."""

from __future__ import annotations

PROJECT = "example-project"
ETL = f"etl@{PROJECT}.iam.gserviceaccount.com"
PLACE = f"projects/{PROJECT}/locations/europe-west1"
FOLDER = "projects/_/buckets/example-exports/managedFolders/sales/2026/"
# The incident's service, its resource, its labels, and the full name in the API.
RESOURCES: list[tuple[str, str, dict[str, str], str]] = [
    ("pubsub", f"projects/{PROJECT}/topics/orders", {}, f"projects/{PROJECT}/topics/orders"),
    ("pubsub", f"//pubsub.googleapis.com/projects/{PROJECT}/topics/orders", {}, f"projects/{PROJECT}/topics/orders"),
    ("iam", FOLDER, {"service": "storage.googleapis.com"}, FOLDER),
    ("pubsub", f"projects/{PROJECT}/subscriptions/o.1", {}, f"projects/{PROJECT}/subscriptions/o.1"),
    ("iam", "projects/123/secrets/db", {"service": "secretmanager.googleapis.com"}, "projects/123/secrets/db"),
    ("iam", f"{PLACE}/keyRings/r", {"service": "cloudkms.googleapis.com"}, f"{PLACE}/keyRings/r"),
    ("cloudkms", f"{PLACE}/keyRings/r/cryptoKeys/k", {}, f"{PLACE}/keyRings/r/cryptoKeys/k"),
    ("iam", f"{PLACE}/repositories/i", {"service": "artifactregistry.googleapis.com"}, f"{PLACE}/repositories/i"),
    ("iam", ETL, {}, f"projects/{PROJECT}/serviceAccounts/{ETL}"),
    ("iam", "projects/-/serviceAccounts/1045630123", {}, f"projects/{PROJECT}/serviceAccounts/1045630123"),
    ("functions", f"{PLACE}/services/hook", {"service": "run.googleapis.com"}, f"{PLACE}/services/hook"),
    ("functions", f"namespaces/{PROJECT}/services/hook", {"location": "europe-west1"}, f"{PLACE}/services/hook"),
    ("run", f"{PLACE}/jobs/nightly", {}, f"{PLACE}/jobs/nightly"),
    ("functions", f"{PLACE}/functions/load", {}, f"{PLACE}/functions/load"),
    ("bigquery", f"{PROJECT}.mart.daily", {}, f"projects/{PROJECT}/datasets/mart/tables/daily"),
    *(
        ("compute", f"projects/{PROJECT}/{name}", {}, f"projects/{PROJECT}/{name}")
        for name in (
            "zones/europe-west1-b/instances/i",
            "zones/europe-west1-b/disks/d",
            "global/images/i",
            "global/snapshots/s",
        )
    ),
]
