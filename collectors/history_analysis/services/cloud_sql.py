"""Cloud SQL: how busy and how full the instances were."""

from __future__ import annotations

from collectors.history_analysis.performance import Catalogue, Metric, Resource

DATABASE = Resource("cloudsql_database", ("project_id", "database_id"))

METRICS = Catalogue(
    "cloud_sql",
    "cloudsql.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_c#gcp-cloudsql",
    (
        Metric("database/cpu/utilization", "10^2.%", "MEAN", "CPU in use, of 1", DATABASE, reducer="MAX"),
        Metric("database/memory/utilization", "10^2.%", "MEAN", "Memory in use, of 1", DATABASE, reducer="MAX"),
        Metric("database/disk/utilization", "10^2.%", "MEAN", "Disk in use, of 1", DATABASE, reducer="MAX"),
        Metric("database/disk/bytes_used", "By", "MEAN", "Bytes on disk", DATABASE),
        Metric("database/network/connections", "1", "MEAN", "Connections", DATABASE),
        Metric("database/replication/replica_lag", "s", "MAX", "How far a replica is behind", DATABASE, reducer="MAX"),
    ),
)

COLLECTORS = (METRICS.collector("How busy each instance was, and how its disk filled."),)
