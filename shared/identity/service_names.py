"""The names of services as their products write them, for incidents, jobs and metrics."""

from __future__ import annotations

NAMES = {
    "airflow": "Airflow",
    "audit": "Audit logs",
    "bigquery": "BigQuery",
    "cloud_monitoring": "Cloud Monitoring",
    "cloud_run": "Cloud Run",
    "cloud_sql": "Cloud SQL",
    "composer": "Cloud Composer",
    "compute": "Compute Engine",
    "data_transfer": "BigQuery Data Transfer",
    "dataflow": "Dataflow",
    "dataform": "Dataform",
    "dataplex": "Dataplex",
    "dataproc": "Dataproc",
    "databases": "Databases",
    "datastream": "Datastream",
    "debezium": "Debezium",
    "functions": "Cloud Functions",
    "gke": "GKE",
    "hinomi": "Hinomi",
    "iam": "IAM",
    "kafka": "Kafka",
    "logging": "Cloud Logging",
    "network": "VPC network",
    "pubsub": "Pub/Sub",
    "reports": "Reports",
    "scheduler": "Cloud Scheduler",
    "storage": "Cloud Storage",
    "vertex_ai": "Vertex AI",
    "workflows": "Cloud Workflows",
}


def similar_services(service: str) -> list[str]:
    """The known services with a name similar to an unknown one; empty for a known service."""
    from shared.suggestions import nearest  # noqa: PLC0415 - only messages about unknown names need it

    return [] if service in NAMES else nearest(service, NAMES)


def service_name(service: str) -> str:
    """The product's name of a service; an unknown service as it is written."""
    return NAMES.get(service, service)
