"""IAM policies (version 3) of buckets and of the other resources that have one."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from handlers.iam.grant import PolicyGrant, condition_of, grant_of
from handlers.iam.kinds import MANAGER, STORAGE, PolicyKind, Reading
from handlers.remediations.model import Call
from handlers.remediations.reads import read_json
from shared.texts import Text, actions
from shared.texts.access import resource_names

if TYPE_CHECKING:
    import requests

VERSION = 3  # older versions show a conditional binding with another role, and cannot write it back


class PolicyBindings:
    """The bindings of an IAM policy, which have the same form in every service."""

    name: str
    resource: str
    text: Text

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
    """The policy of a bucket, or of a managed folder in it, over the Storage JSON API.

    Format: docs.cloud.google.com/storage/docs/json_api/v1/buckets/getIamPolicy, …/setIamPolicy and the same of managedFolders.
    """

    PERMISSIONS = ("storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy")
    FOLDER_PERMISSIONS = ("storage.managedFolders.getIamPolicy", "storage.managedFolders.setIamPolicy")

    def __init__(self, base_url: str, session: requests.Session, bucket: str, folder: str = "") -> None:
        below = f"/managedFolders/{folder}" if folder else ""
        self.resource = f"//{STORAGE}/projects/_/buckets/{bucket}{below}"
        self.text = (
            resource_names.MANAGED_FOLDER(name=folder, bucket=bucket) if folder else resource_names.BUCKET(name=bucket)
        )
        self.name = self.text.en
        path = f"/managedFolders/{quote(folder, safe='')}" if folder else ""
        self._url = f"{base_url}/storage/v1/b/{quote(bucket, safe='')}{path}/iam"
        self._session = session

    def read(self) -> dict[str, Any]:
        """The policy with its etag."""
        response = self._session.get(self._url, params={"optionsRequestedPolicyVersion": VERSION})
        return read_json(response, actions.READ_POLICY(resource=self.text))

    def write(self, policy: dict[str, Any], shows: dict[str, Any]) -> Call:
        """The call that sets the policy if its etag has not changed since it was read; `shows` summarizes the change."""
        return Call(actions.WRITE_POLICY(resource=self.text), "PUT", self._url, policy, shows=shows)


class ResourcePolicy(PolicyBindings):
    """The policy of a resource of any of the kinds of handlers/iam/kinds.py, over its REST API."""

    def __init__(self, base_url: str, session: requests.Session, kind: PolicyKind, resource: str) -> None:
        self.resource = f"//{kind.host}/{resource}"
        self.text = kind.noun(name=_short(kind, resource))
        self.name = self.text.en
        self._kind = kind
        self._url = f"{base_url}/{kind.path}/{quote(resource, safe='/')}"
        self._session = session

    def read(self) -> dict[str, Any]:
        """The policy with its etag."""
        return read_json(self._read(), actions.READ_POLICY(resource=self.text))

    def write(self, policy: dict[str, Any], shows: dict[str, Any]) -> Call:
        """The call that sets the policy if its etag has not changed since it was read; `shows` summarizes the change."""
        does = actions.WRITE_POLICY(resource=self.text)
        return Call(does, "POST", self._verb("setIamPolicy"), {"policy": policy}, shows=shows)

    def _read(self) -> requests.Response:
        url, version = self._verb("getIamPolicy"), str(VERSION)
        match self._kind.reading:
            case Reading.POST_BODY:
                return self._session.post(url, json={"options": {"requestedPolicyVersion": VERSION}})
            case Reading.POST_QUERY:
                return self._session.post(url, params={"options.requestedPolicyVersion": version})
            case Reading.COMPUTE:
                return self._session.get(url, params={"optionsRequestedPolicyVersion": version})
            case Reading.GET:
                return self._session.get(url, params={"options.requestedPolicyVersion": version})

    def _verb(self, verb: str) -> str:
        return f"{self._url}{'/' if self._kind.reading is Reading.COMPUTE else ':'}{verb}"


def _short(kind: PolicyKind, resource: str) -> str:
    """The name that people use: of a project, folder or organization its id, of others the end of the name."""
    return resource.partition("/")[2] if kind.host == MANAGER else resource.rpartition("/")[2]
