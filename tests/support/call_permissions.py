"""The permissions that each call needs, from Google's documentation. An unknown call fails the tests that use this table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Needs:
    """The permissions that a kind of call needs, with their source; `call` is `Server METHOD path` as a regular expression."""

    call: str
    permissions: tuple[str, ...]
    source: str

    def covers(self, call: str) -> bool:
        """Whether this line matches the call."""
        return re.fullmatch(self.call, call) is not None


_STORAGE = "cloud.google.com/storage/docs/access-control/iam-json"
_BIGQUERY = "cloud.google.com/bigquery/docs/access-control"
_IAM = "cloud.google.com/iam/docs/roles-permissions/iam"
_COMPOSER = "cloud.google.com/composer/docs/composer-3/access-control"
_ASSET = "cloud.google.com/asset-inventory/docs/roles-permissions"
_ANALYZER = "cloud.google.com/policy-intelligence/docs/activity-analyzer-service-account-authentication"
_SCHEMA = "cloud.google.com/bigquery/docs/information-schema"
_JOB = r"BigQueryServer POST bigquery/v2/projects/[^/]+/jobs"
_JOBS = "cloud.google.com/bigquery/docs/reference/rest/v2/jobs"
# Resources of the PolicyServer by the end of their path, with the permission to read or write their policy.
_POLICIES = {
    "v1/projects/[^/]+/topics/[^/]+": ("pubsub.topics", "pubsub/docs/access-control"),
    "v1/projects/[^/]+/subscriptions/[^/]+": ("pubsub.subscriptions", "pubsub/docs/access-control"),
    "v1/projects/[^/]+/secrets/[^/]+": ("secretmanager.secrets", "secret-manager/docs/access-control"),
    "v1/.*/keyRings/[^/]+": ("cloudkms.keyRings", "kms/docs/reference/permissions-and-roles"),
    "v1/.*/keyRings/[^/]+/cryptoKeys/[^/]+": ("cloudkms.cryptoKeys", "kms/docs/reference/permissions-and-roles"),
    "v1/.*/repositories/[^/]+": ("artifactregistry.repositories", "artifact-registry/docs/access-control"),
    "v1/projects/[^/]+/serviceAccounts/[^/]+": ("iam.serviceAccounts", "iam/docs/roles-permissions/iam"),
    "v2/.*/services/[^/]+": ("run.services", "run/docs/reference/iam/permissions"),
    "v2/.*/jobs/[^/]+": ("run.jobs", "run/docs/reference/iam/permissions"),
    "v2/.*/functions/[^/]+": ("cloudfunctions.functions", "functions/docs/reference/iam/permissions"),
    "bigquery/v2/.*/tables/[^/]+": ("bigquery.tables", "bigquery/docs/access-control"),
    "compute/v1/.*/instances/[^/]+": ("compute.instances", "compute/docs/access/iam"),
    "compute/v1/.*/disks/[^/]+": ("compute.disks", "compute/docs/access/iam"),
    "compute/v1/.*/images/[^/]+": ("compute.images", "compute/docs/access/iam"),
    "compute/v1/.*/snapshots/[^/]+": ("compute.snapshots", "compute/docs/access/iam"),
}
_INSTANCE = "compute/v1/projects/[^/]+/zones/[^/]+/instances/[^/]+"
_COMPUTE = (
    (f"GET {_INSTANCE}", ("compute.instances.get",), "instances/get"),
    *(
        (f"POST {_INSTANCE}/{verb}", (f"compute.instances.{verb}",), f"instances/{verb}")
        for verb in ("reset", "start", "stop")
    ),
    (f"POST {_INSTANCE}/deleteAccessConfig", ("compute.instances.deleteAccessConfig",), "instances/deleteAccessConfig"),
    (
        f"POST {_INSTANCE}/addAccessConfig",
        ("compute.instances.addAccessConfig", "compute.subnetworks.useExternalIp"),
        "instances/addAccessConfig",
    ),
    (
        "POST compute/v1/.*/disks/[^/]+/createSnapshot",
        ("compute.disks.createSnapshot", "compute.snapshots.create", "compute.snapshots.setLabels"),
        "disks/createSnapshot",
    ),
    ("GET compute/v1/.*/global/snapshots/[^/]+", ("compute.snapshots.get",), "snapshots/get"),
    ("GET compute/v1/.*/global/firewalls/[^/]+", ("compute.firewalls.get",), "firewalls/get"),
    (
        "PATCH compute/v1/.*/global/firewalls/[^/]+",
        ("compute.firewalls.update", "compute.networks.updatePolicy"),
        "firewalls/patch",
    ),
    ("GET compute/v1/.*/zones/[^/]+/operations", ("compute.zoneOperations.list",), "zoneOperations/list"),
    ("GET compute/v1/.*/global/operations", ("compute.globalOperations.list",), "globalOperations/list"),
)
_VERTEX = (
    ("GET v1/.*/pipelineJobs/[^/]+", ("aiplatform.pipelineJobs.get",)),
    ("POST v1/.*/pipelineJobs", ("aiplatform.pipelineJobs.create",)),
    ("POST v1/.*/pipelineJobs/[^/]+:cancel", ("aiplatform.pipelineJobs.cancel",)),
    ("GET v1/.*/customJobs/[^/]+", ("aiplatform.customJobs.get",)),
    ("POST v1/.*/customJobs", ("aiplatform.customJobs.create",)),
    ("POST v1/.*/customJobs/[^/]+:cancel", ("aiplatform.customJobs.cancel",)),
    ("GET v1/.*/endpoints/[^/]+", ("aiplatform.endpoints.get",)),
    ("POST v1/.*/endpoints/[^/]+:undeployModel", ("aiplatform.endpoints.undeploy",)),
    ("POST v1/.*/endpoints/[^/]+:mutateDeployedModel", ("aiplatform.endpoints.update", "aiplatform.endpoints.deploy")),
)
_BUCKET = r"(StorageServer|ChangedUnderUs)"
_RUN = "cloud.google.com/run/docs/reference/iam/permissions"
_DATAFLOW = "cloud.google.com/dataflow/docs/concepts/access-control"
_SCHEDULER = "cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs"
_PUBSUB = "cloud.google.com/pubsub/docs/access-control"
_SUBSCRIPTION = r"PubSubServer GET v1/projects/[^/]+/subscriptions/[^/:]+"
_CONSUMING = r"PubSubServer POST v1/projects/[^/]+/subscriptions/[^/:]+"
_SNAPSHOT = r"PubSubServer {} v1/projects/[^/]+/snapshots/[^/:]+"

TABLE = (
    Needs(rf"{_BUCKET} GET storage/v1/b/[^/]+", ("storage.buckets.get",), _STORAGE),
    Needs(
        rf"{_BUCKET} PATCH storage/v1/b/[^/]+",
        ("storage.buckets.update", "storage.buckets.setIamPolicy"),
        "cloud.google.com/storage/docs/json_api/v1/buckets/patch",
    ),
    Needs(rf"{_BUCKET} GET storage/v1/b/[^/]+/o", ("storage.objects.list",), _STORAGE),
    Needs(
        rf"{_BUCKET} POST storage/v1/b/[^/]+/o/bulkRestore",
        ("storage.buckets.restore", "storage.objects.restore", "storage.objects.create"),
        "cloud.google.com/storage/docs/json_api/v1/objects/bulkRestore",
    ),
    Needs(rf"{_BUCKET} GET storage/v1/b/[^/]+/iam", ("storage.buckets.getIamPolicy",), _STORAGE),
    Needs(rf"{_BUCKET} PUT storage/v1/b/[^/]+/iam", ("storage.buckets.setIamPolicy",), _STORAGE),
    Needs(
        r"ResourceManagerServer POST v3/projects/[^/]+:getIamPolicy",
        ("resourcemanager.projects.getIamPolicy",),
        "cloud.google.com/resource-manager/docs/access-control-proj",
    ),
    Needs(
        r"ResourceManagerServer POST v3/folders/[^/]+:getIamPolicy",
        ("resourcemanager.folders.getIamPolicy",),
        "cloud.google.com/resource-manager/docs/access-control-folders",
    ),
    Needs(
        r"ResourceManagerServer POST v3/organizations/[^/]+:getIamPolicy",
        ("resourcemanager.organizations.getIamPolicy",),
        "cloud.google.com/resource-manager/docs/access-control-org",
    ),
    Needs(
        r"ResourceManagerServer POST v3/(projects|folders|organizations)/[^/]+:testIamPermissions",
        (),
        "cloud.google.com/resource-manager/reference/rest/v3/projects/testIamPermissions: none is required",
    ),
    Needs(
        r"ResourceManagerServer POST v3/projects/[^/]+:setIamPolicy",
        ("resourcemanager.projects.setIamPolicy",),
        "cloud.google.com/resource-manager/docs/access-control-proj",
    ),
    Needs(
        r"ResourceManagerServer POST v3/folders/[^/]+:setIamPolicy",
        ("resourcemanager.folders.setIamPolicy",),
        "cloud.google.com/resource-manager/docs/access-control-folders",
    ),
    Needs(
        r"ResourceManagerServer POST v3/organizations/[^/]+:setIamPolicy",
        ("resourcemanager.organizations.setIamPolicy",),
        "cloud.google.com/resource-manager/docs/access-control-org",
    ),
    Needs(
        r"PolicyServer GET storage/v1/b/[^/]+/managedFolders/.*/iam", ("storage.managedFolders.getIamPolicy",), _STORAGE
    ),
    Needs(
        r"PolicyServer PUT storage/v1/b/[^/]+/managedFolders/.*/iam", ("storage.managedFolders.setIamPolicy",), _STORAGE
    ),
    *(
        Needs(
            rf"PolicyServer (GET|POST) {path}[:/]{verb}IamPolicy",
            (f"{kind}.{verb}IamPolicy",),
            f"cloud.google.com/{page}",
        )
        for path, (kind, page) in _POLICIES.items()
        for verb in ("get", "set")
    ),
    Needs(r"BigQueryServer GET bigquery/v2/projects/[^/]+/datasets", ("bigquery.datasets.get",), _BIGQUERY),
    Needs(
        r"BigQueryServer GET bigquery/v2/projects/[^/]+/datasets/[^/]+",
        ("bigquery.datasets.get", "bigquery.datasets.getIamPolicy"),
        _BIGQUERY,
    ),
    Needs(
        r"BigQueryServer PATCH bigquery/v2/projects/[^/]+/datasets/[^/]+",
        ("bigquery.datasets.update", "bigquery.datasets.setIamPolicy"),
        _BIGQUERY,
    ),
    Needs(
        r"BigQueryServer GET bigquery/v2/projects/[^/]+/jobs",
        ("bigquery.jobs.list", "bigquery.jobs.listAll"),
        "cloud.google.com/bigquery/docs/reference/rest/v2/jobs/list",
    ),
    # A job needs the permissions of its statement (named by tests/support/call_recorder.py) besides that to run jobs.
    Needs(rf"{_JOB} INFORMATION_SCHEMA.JOBS", ("bigquery.jobs.create", "bigquery.jobs.listAll"), f"{_SCHEMA}-jobs"),
    Needs(
        rf"{_JOB} INFORMATION_SCHEMA.TABLE_STORAGE",
        ("bigquery.jobs.create", "bigquery.tables.get", "bigquery.tables.list"),
        f"{_SCHEMA}-table-storage",
    ),
    Needs(
        rf"{_JOB} INFORMATION_SCHEMA.COLUMNS",
        ("bigquery.jobs.create", "bigquery.tables.get", "bigquery.tables.list"),
        f"{_SCHEMA}-columns",
    ),
    Needs(
        rf"{_JOB} CREATE TABLE",
        ("bigquery.jobs.create", "bigquery.tables.create"),
        "cloud.google.com/bigquery/docs/tables#required_permissions",
    ),
    Needs(
        rf"{_JOB} CREATE OR REPLACE VIEW",
        ("bigquery.jobs.create", "bigquery.tables.create", "bigquery.tables.update"),
        "cloud.google.com/bigquery/docs/views#required_permissions",
    ),
    Needs(
        rf"{_JOB} ALTER TABLE",
        ("bigquery.jobs.create", "bigquery.tables.get", "bigquery.tables.update"),
        "cloud.google.com/bigquery/docs/managing-table-schemas#required_permissions",
    ),
    Needs(
        rf"{_JOB} MERGE",
        ("bigquery.jobs.create", "bigquery.tables.getData", "bigquery.tables.updateData"),
        "cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#required_permissions",
    ),
    Needs(
        rf"{_JOB} DROP TABLE",
        ("bigquery.jobs.create", "bigquery.tables.delete", "bigquery.tables.get"),
        "cloud.google.com/bigquery/docs/managing-tables#deleting_a_table",
    ),
    Needs(
        r"BigQueryServer (POST|PUT) upload/bigquery/v2/projects/[^/]+/jobs",
        ("bigquery.jobs.create", "bigquery.tables.create", "bigquery.tables.updateData"),
        "cloud.google.com/bigquery/docs/batch-loading-data#required_permissions",
    ),
    Needs(r"BigQueryServer POST bigquery/v2/projects/[^/]+/queries", ("bigquery.jobs.create",), _BIGQUERY),
    Needs(r"BigQueryServer GET bigquery/v2/projects/[^/]+/(jobs|queries)/[^/]+", ("bigquery.jobs.create",), _BIGQUERY),
    # The jobs of others (demo/platform/bigquery/pipelines.py): their caller is another account.
    Needs(r"PipelineServer GET .*/jobs", ("bigquery.jobs.listAll",), f"{_JOBS}/list"),
    Needs(r"PipelineServer GET .*/jobs/[^/]+", ("bigquery.jobs.get",), f"{_JOBS}/get"),
    Needs(r"PipelineServer POST .*/jobs/[^/]+/cancel", ("bigquery.jobs.update",), f"{_JOBS}/cancel"),
    Needs(
        r"PipelineServer POST .*/jobs LOAD",
        (
            "bigquery.jobs.create",
            "bigquery.tables.create",
            "bigquery.tables.update",
            "bigquery.tables.updateData",
            "storage.objects.get",
            "storage.objects.list",
        ),
        "cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#required_permissions",
    ),
    Needs(
        r"PipelineServer POST .*/jobs COPY",
        ("bigquery.jobs.create", "bigquery.tables.create", "bigquery.tables.get", "bigquery.tables.getData"),
        "cloud.google.com/bigquery/docs/managing-tables#copy-table",
    ),
    Needs(r"PipelineServer GET .*/datasets/[^/]+", ("bigquery.datasets.get",), _BIGQUERY),
    Needs(r"PipelineServer GET .*/tables/[^/]+", ("bigquery.tables.get",), _BIGQUERY),
    Needs(
        r"PipelineServer POST .*/jobs",
        (
            "bigquery.jobs.create",
            "bigquery.tables.create",
            "bigquery.tables.get",
            "bigquery.tables.getData",
            "bigquery.tables.updateData",
        ),
        "cloud.google.com/bigquery/docs/writing-results#required_permissions",
    ),
    Needs(
        r"MonitoringServer ListTimeSeriesRequest",
        ("monitoring.timeSeries.list",),
        "cloud.google.com/monitoring/access-control",
    ),
    Needs(r"AssetServer SearchAllIamPoliciesRequest", ("cloudasset.assets.searchAllIamPolicies",), _ASSET),
    Needs(r"AssetServer SearchAllResourcesRequest", ("cloudasset.assets.searchAllResources",), _ASSET),
    Needs(
        r"LoggingServer ListLogEntriesRequest",
        ("logging.logEntries.list",),
        "cloud.google.com/logging/docs/access-control",
    ),
    Needs(
        r"LoggingServer ListLogEntriesRequest of data_access",
        ("logging.logEntries.list", "logging.privateLogEntries.list"),
        "cloud.google.com/logging/docs/access-control",
    ),
    *(
        Needs(rf"Compute(Server|World) {call}", permissions, f"cloud.google.com/compute/docs/reference/rest/v1/{page}")
        for call, permissions, page in _COMPUTE
    ),
    Needs(
        r"ComputeServer GET compute/v1/projects/[^/]+/aggregated/operations",
        ("compute.globalOperations.list", "compute.regionOperations.list", "compute.zoneOperations.list"),
        "cloud.google.com/compute/docs/reference/rest/v1/globalOperations/aggregatedList",
    ),
    Needs(
        r"DataflowServer GET v1b3/projects/[^/]+/jobs:aggregated",
        ("dataflow.jobs.list",),
        "cloud.google.com/dataflow/docs/concepts/access-control",
    ),
    Needs(r"IamAdminServer GET v1/groups(:lookup|/[^/]+/memberships)", (), "a role of Cloud Identity, not of IAM"),
    Needs(r"IamAdminServer GET v1/roles/[^/]+", (), "predefined roles are public"),
    Needs(r"IamAdminServer GET v1/(projects|organizations)/[^/]+/roles/[^/]+", ("iam.roles.get",), _IAM),
    Needs(r"IamAdminServer GET v1/projects/[^/]+/serviceAccounts", ("iam.serviceAccounts.list",), _IAM),
    Needs(r"IamAdminServer GET v1/projects/[^/]+/serviceAccounts/[^/]+/keys", ("iam.serviceAccountKeys.list",), _IAM),
    Needs(r"IamAdminServer GET v1/projects/[^/]+/serviceAccounts/[^/]+", ("iam.serviceAccounts.get",), _IAM),
    Needs(
        r"IamAdminServer GET v1/projects/[^/]+/serviceAccounts/[^/]+/keys/[^/]+", ("iam.serviceAccountKeys.get",), _IAM
    ),
    Needs(r"IamAdminServer POST v1/projects/.*/keys/[^/]+:disable", ("iam.serviceAccountKeys.disable",), _IAM),
    Needs(r"IamAdminServer POST v1/projects/.*/keys/[^/]+:enable", ("iam.serviceAccountKeys.enable",), _IAM),
    Needs(
        r"IamAdminServer POST v1/projects/[^/]+/serviceAccounts/[^/]+:disable", ("iam.serviceAccounts.disable",), _IAM
    ),
    Needs(r"IamAdminServer POST v1/projects/[^/]+/serviceAccounts/[^/]+:enable", ("iam.serviceAccounts.enable",), _IAM),
    Needs(
        r"IamAdminServer GET v1/projects/.*/serviceAccountKeyLastAuthentication/activities:query",
        ("policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query",),
        _ANALYZER,
    ),
    Needs(
        r"IamAdminServer GET v1/projects/.*/serviceAccountLastAuthentication/activities:query",
        ("policyanalyzer.serviceAccountLastAuthenticationActivities.query",),
        _ANALYZER,
    ),
    *(
        Needs(rf"VertexServer {call}", permissions, "cloud.google.com/vertex-ai/docs/general/iam-permissions")
        for call, permissions in _VERTEX
    ),
    Needs(
        r"VertexServer GET v1/projects/.*/customJobs",
        ("aiplatform.customJobs.list",),
        "cloud.google.com/vertex-ai/docs/general/iam-permissions",
    ),
    Needs(
        r"VertexServer GET v1/projects/.*/pipelineJobs",
        ("aiplatform.pipelineJobs.list",),
        "cloud.google.com/vertex-ai/docs/general/iam-permissions",
    ),
    Needs(
        r"PubSubServer POST v1/projects/[^/]+/topics/[^/]+:publish",
        ("pubsub.topics.publish",),
        _PUBSUB,
    ),
    Needs(rf"{_SUBSCRIPTION}", ("pubsub.subscriptions.get",), _PUBSUB),
    Needs(r"PubSubServer GET v1/projects/[^/]+/topics/[^/]+/subscriptions", ("pubsub.topics.get",), _PUBSUB),
    Needs(rf"{_CONSUMING}:(pull|acknowledge)", ("pubsub.subscriptions.consume",), _PUBSUB),
    # Seeking to a snapshot also needs the permission on the snapshot.
    Needs(rf"{_CONSUMING}:seek", ("pubsub.subscriptions.consume", "pubsub.snapshots.seek"), _PUBSUB),
    Needs(rf"{_SNAPSHOT.format('GET')}", ("pubsub.snapshots.get",), _PUBSUB),
    Needs(rf"{_SNAPSHOT.format('PUT')}", ("pubsub.snapshots.create", "pubsub.subscriptions.consume"), _PUBSUB),
    Needs(rf"{_SNAPSHOT.format('DELETE')}", ("pubsub.snapshots.delete",), _PUBSUB),
    Needs(
        r"WorkflowsServer GET v1/projects/.*/executions",
        ("workflows.executions.list",),
        "cloud.google.com/workflows/docs/access-control",
    ),
    Needs(
        r"WorkflowsServer POST v1/projects/.*/executions",
        ("workflows.executions.create",),
        "cloud.google.com/workflows/docs/access-control",
    ),
    Needs(r"RunServer GET v2/.*/jobs/[^/]+", ("run.jobs.get",), _RUN),
    Needs(r"RunServer GET v2/.*/jobs/[^/]+/executions", ("run.executions.list",), _RUN),
    Needs(r"RunServer POST v2/.*/jobs/[^/]+:run", ("run.jobs.run", "run.jobs.runWithOverrides"), _RUN),
    Needs(r"SchedulerServer GET v1/projects/[^/]+/locations", ("cloudscheduler.locations.list",), _SCHEDULER),
    Needs(r"SchedulerServer GET v1/projects/[^/]+/locations/[^/]+/jobs", ("cloudscheduler.jobs.list",), _SCHEDULER),
    Needs(
        r"TransferServer GET v1/projects/[^/]+/locations/[^/]+/transferConfigs",
        ("bigquery.transfers.get",),
        "cloud.google.com/bigquery/docs/access-control",
    ),
    Needs(r"SchedulerServer GET v1/.*/jobs/[^/]+", ("cloudscheduler.jobs.get",), _SCHEDULER),
    Needs(r"SchedulerServer POST v1/.*/jobs/[^/]+:run", ("cloudscheduler.jobs.run",), _SCHEDULER),
    Needs(r"DataflowServer GET v1b3/projects/[^/]+/locations/[^/]+/jobs", ("dataflow.jobs.list",), _DATAFLOW),
    Needs(r"DataflowServer GET v1b3/projects/[^/]+/locations/[^/]+/jobs/[^/]+", ("dataflow.jobs.get",), _DATAFLOW),
    Needs(
        r"DataflowServer POST v1b3/projects/[^/]+/locations/[^/]+/(flexTemplates|templates):launch",
        ("dataflow.jobs.create", "resourcemanager.projects.get"),
        "docs.cloud.google.com/dataflow/docs/audit-logging",
    ),
    Needs(r"ConnectServer (?:GET |(?:GET|POST) connectors.*)", (), "the server of the user decides, not IAM"),
    Needs(r"SimulatedAirflow PATCH .*", ("composer.environments.get", "composer.dags.execute"), _COMPOSER),
    Needs(r"SimulatedAirflow GET .*", ("composer.environments.get", "composer.dags.execute"), _COMPOSER),
    Needs(r"SimulatedAirflow POST .*", ("composer.environments.get", "composer.dags.execute"), _COMPOSER),
)


@cache
def needed(call: str) -> Needs | None:
    """The entry about a call; None for an unknown call."""
    return next((line for line in TABLE if line.covers(call)), None)
