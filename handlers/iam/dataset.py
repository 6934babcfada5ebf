"""The access entries of a BigQuery dataset as grants.

Format: docs.cloud.google.com/bigquery/docs/reference/rest/v2/datasets (access[]). The client library cannot request
accessPolicyVersion 3, without which conditional entries come back with generated role names and cannot be written back;
so this uses REST.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.iam.grant import PUBLIC, PolicyGrant, grant_of
from handlers.iam.kinds import BIGQUERY
from handlers.iam.policy import VERSION
from handlers.remediations.model import Call
from handlers.remediations.reads import read_json
from shared.identity.iam_names import is_service_account
from shared.texts import actions
from shared.texts.access import resource_names

if TYPE_CHECKING:
    import requests

# Basic roles in access entries are these IAM roles (bigquery/docs/access-control-basic-roles).
ROLES = {
    "READER": "roles/bigquery.dataViewer",
    "WRITER": "roles/bigquery.dataEditor",
    "OWNER": "roles/bigquery.dataOwner",
}

# specialGroup has this member; allUsers and all other kinds are iamMember.
SPECIAL_GROUPS = ("allAuthenticatedUsers",)
_FIELDS = {"user": "userByEmail", "serviceAccount": "userByEmail", "group": "groupByEmail", "domain": "domain"}


class Dataset:
    """A dataset's access entries over the BigQuery API."""

    PERMISSIONS = (
        "bigquery.datasets.get",
        "bigquery.datasets.getIamPolicy",
        "bigquery.datasets.setIamPolicy",
        "bigquery.datasets.update",
    )

    def __init__(self, base_url: str, session: requests.Session, project: str, dataset: str) -> None:
        self.resource = f"//{BIGQUERY}/projects/{project}/datasets/{dataset}"
        self.text = resource_names.DATASET(name=f"{project}.{dataset}")
        self.name = self.text.en
        self._url = f"{base_url}/bigquery/v2/projects/{quote(project, safe='')}/datasets/{quote(dataset, safe='')}"
        self._session = session

    def read(self) -> dict[str, Any]:
        """The dataset with its access entries and etag."""
        response = self._session.get(self._url, params={"accessPolicyVersion": VERSION})
        return read_json(response, actions.READ_DATASET(resource=self.text))

    def write(self, resource: dict[str, Any], shows: dict[str, Any]) -> Call:
        """The call that sets only the access entries, if the etag has not changed since it was read."""
        return Call(
            actions.WRITE_ACCESS(resource=self.text),
            "PATCH",
            self._url,
            {"access": resource["access"]},
            headers={"If-Match": resource["etag"]},
            query={"accessPolicyVersion": VERSION},
            shows=shows,
        )

    @staticmethod
    def grants(resource: dict[str, Any]) -> list[PolicyGrant]:
        """The entries that grant a role to a member, without authorized views, routines and datasets."""
        return [grant for entry in resource.get("access", []) if (grant := _grant(entry))]

    @staticmethod
    def without(resource: dict[str, Any], unwanted: Collection[PolicyGrant]) -> dict[str, Any]:
        """The dataset without these entries."""
        return {**resource, "access": [entry for entry in resource.get("access", []) if _grant(entry) not in unwanted]}

    @staticmethod
    def including(resource: dict[str, Any], grants: Collection[PolicyGrant]) -> dict[str, Any]:
        """The dataset with an entry for each of these grants."""
        return {**resource, "access": [*resource.get("access", []), *(_entry(grant) for grant in grants)]}


def _entry(grant: PolicyGrant) -> dict[str, Any]:
    """The access entry of a grant."""
    kind, _, name = grant.member.partition(":")
    block = grant.as_dict()
    del block["member"]
    if grant.member in SPECIAL_GROUPS:
        return {**block, "specialGroup": grant.member}
    field = _FIELDS.get(kind)
    return {**block, field: name} if field else {**block, "iamMember": grant.member}


def _grant(entry: Mapping[str, Any]) -> PolicyGrant | None:
    member = _member(entry)
    if not member or "role" not in entry:
        return None
    return grant_of(ROLES.get(entry["role"], entry["role"]), member, entry.get("condition"))


def _member(entry: Mapping[str, Any]) -> str:
    """The IAM name of the member in an access entry; empty for a view, a routine, a dataset or a project group."""
    if email := entry.get("userByEmail"):
        return f"serviceAccount:{email}" if is_service_account(email) else f"user:{email}"
    if email := entry.get("groupByEmail"):
        return f"group:{email}"
    if domain := entry.get("domain"):
        return f"domain:{domain}"
    special = str(entry.get("specialGroup", ""))
    return special if special in PUBLIC else str(entry.get("iamMember", ""))
