"""IAM policies (version 3) of a bucket and of a project."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.errors import check
from handlers.iam.grant import PolicyGrant, condition_of, grant_of
from handlers.remediations.model import Call
from shared.texts import Template, Text, actions

if TYPE_CHECKING:
    import requests

VERSION = 3  # older versions show a conditional binding with another role, and cannot write it back
_NAMES: dict[str, Template] = {"bucket": actions.BUCKET, "dataset": actions.DATASET, "project": actions.PROJECT}


class PolicyBindings:
    """The bindings of an IAM policy, which have the same form in every service."""

    name: str

    @staticmethod
    def grants(policy: dict[str, Any]) -> list[PolicyGrant]:
        """Every grant of the policy."""
        return [
            grant_of(binding["role"], member, binding.get("condition"))
            for binding in policy.get("bindings", [])
            for member in binding.get("members", [])
        ]

    @staticmethod
    def without(policy: dict[str, Any], unwanted: Collection[PolicyGrant]) -> dict[str, Any]:
        """The policy without the unwanted grants; a binding without members is removed."""
        bindings = []
        for binding in policy.get("bindings", []):
            role, condition = binding["role"], binding.get("condition")
            members = [each for each in binding.get("members", []) if grant_of(role, each, condition) not in unwanted]
            if members:
                bindings.append({**binding, "members": members})
        return {**policy, "version": VERSION, "bindings": bindings}

    @staticmethod
    def including(policy: dict[str, Any], grants: Collection[PolicyGrant]) -> dict[str, Any]:
        """The policy with these grants, each in the binding of its role and condition."""
        bindings = [{**binding, "members": list(binding.get("members", []))} for binding in policy.get("bindings", [])]
        for grant in grants:
            same = (each for each in bindings if _is_for(each, grant))
            binding = next(same, None)
            if binding is None:
                binding = {**grant.as_dict(), "members": []}
                del binding["member"]
                bindings.append(binding)
            binding["members"].append(grant.member)
        return {**policy, "version": VERSION, "bindings": bindings}


def _is_for(binding: dict[str, Any], grant: PolicyGrant) -> bool:
    return bool(binding["role"] == grant.role) and condition_of(binding.get("condition")) == grant.condition


class Bucket(PolicyBindings):
    """A bucket's policy over the Storage JSON API.

    Format: docs.cloud.google.com/storage/docs/json_api/v1/buckets/getIamPolicy and …/setIamPolicy.
    """

    PERMISSIONS = ("storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy")

    def __init__(self, base_url: str, session: requests.Session, bucket: str) -> None:
        self.name = f"bucket {bucket}"
        self._url = f"{base_url}/storage/v1/b/{quote(bucket, safe='')}/iam"
        self._session = session

    def read(self) -> dict[str, Any]:
        """The policy with its etag."""
        response = self._session.get(self._url, params={"optionsRequestedPolicyVersion": VERSION})
        return read_json(response, actions.READ_POLICY(resource=resource_text(self.name)))

    def write(self, policy: dict[str, Any], shows: dict[str, Any]) -> Call:
        """The call that sets the policy, if its etag is still the one that was read; `shows` summarizes the change."""
        return Call(actions.WRITE_POLICY(resource=resource_text(self.name)), "PUT", self._url, policy, shows=shows)


class Project(PolicyBindings):
    """A project's policy over Resource Manager.

    Format: docs.cloud.google.com/resource-manager/reference/rest/v3/projects/getIamPolicy and …/setIamPolicy.
    """

    PERMISSIONS = ("resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy")

    def __init__(self, base_url: str, session: requests.Session, project: str) -> None:
        self.name = f"project {project}"
        self._url = f"{base_url}/v3/projects/{quote(project, safe='')}"
        self._session = session

    def read(self) -> dict[str, Any]:
        """The policy with its etag."""
        body = {"options": {"requestedPolicyVersion": VERSION}}
        response = self._session.post(f"{self._url}:getIamPolicy", json=body)
        return read_json(response, actions.READ_POLICY(resource=resource_text(self.name)))

    def write(self, policy: dict[str, Any], shows: dict[str, Any]) -> Call:
        """The call that sets the policy, if its etag is still the one that was read; `shows` summarizes the change."""
        does = actions.WRITE_POLICY(resource=resource_text(self.name))
        return Call(does, "POST", f"{self._url}:setIamPolicy", {"policy": policy}, shows=shows)


def resource_text(name: str) -> Text:
    """The name of a resource with a policy, such as `bucket example-exports`, in every language."""
    kind, _, rest = name.partition(" ")
    template = _NAMES.get(kind)
    return template(name=rest) if template else Text.verbatim(name)


def read_json(response: requests.Response, call: Text) -> dict[str, Any]:
    """The body of a 2xx response. Raises ActionError for other statuses."""
    body: dict[str, Any] = check(response, call).json()
    return body
