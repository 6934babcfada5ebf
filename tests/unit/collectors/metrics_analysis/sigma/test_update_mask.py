"""The forms of an update mask."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis.sigma.update_mask import with_update_mask


@pytest.mark.parametrize(
    ("request_", "mask"),
    [
        ({"updateMask": "filter, pushConfig"}, "filter,pushConfig"),
        ({"update_mask": "push_config.push_endpoint"}, "pushConfig.pushEndpoint"),
        ({"updateMask": {"paths": ["policy.dry_run_spec", "a,b"]}}, "policy.dryRunSpec,a,b"),
        ({"updateMask": None, "update_mask": ["*"]}, "*"),
        ({"updateMask": {"paths": None}}, None),
        ({"updateMask": {"paths": {"a": 1}}}, None),
    ],
)
def test_every_form_of_an_update_mask_is_read_as_one_text(request_: dict[str, Any], mask: str | None) -> None:
    entry = {"protoPayload": {"request": {**request_, "name": "x"}}}
    read = with_update_mask(entry)["protoPayload"]["request"]
    assert read == ({"name": "x"} if mask is None else {"name": "x", "updateMask": mask})


@pytest.mark.parametrize(
    ("method", "mask", "is_shown"),
    [
        ("google.cloud.run.v1.Services.SetIamPolicy", "bindings,etag", True),
        ("google.cloud.run.v1.Services.SetIamPolicy", "etag", False),
        ("google.iam.admin.v1.SetIAMPolicy", "policy.bindings", True),
        ("SetIamPolicy", "audit_configs", False),
        ("SetIamPolicy", "*", True),
        ("SetIamPolicy", "policy", True),
        ("SetIamPolicy", "", True),
        ("google.cloud.orgpolicy.v2.OrgPolicy.UpdatePolicy", "spec", True),
    ],
)
def test_a_policy_whose_bindings_are_not_written_is_not_shown(method: str, mask: str, *, is_shown: bool) -> None:
    entry = {"protoPayload": {"methodName": method, "request": {"updateMask": mask, "policy": {"bindings": []}}}}
    assert ("policy" in with_update_mask(entry)["protoPayload"]["request"]) is is_shown


@pytest.mark.parametrize("entry", [{}, {"protoPayload": None}, {"protoPayload": {"request": []}}, {"protoPayload": {}}])
def test_an_entry_without_a_mask_stays_as_it_is(entry: dict[str, Any]) -> None:
    assert with_update_mask(entry) is entry
