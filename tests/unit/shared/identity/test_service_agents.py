"""The owners of Google-managed accounts."""

from __future__ import annotations

import pytest

from shared.identity.service_agents import MONITORED, OTHER, is_of, numbers_of, project_number, without_numbers

PUBSUB = "serviceAccount:service-{}@gcp-sa-pubsub.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("member", "number"),
    [
        ("serviceAccount:service-7@gcp-sa-pubsub.iam.gserviceaccount.com", "7"),
        ("service-7@container-engine-robot.iam.gserviceaccount.com", "7"),
        ("deleted:serviceAccount:service-7@gcf-admin-robot.iam.gserviceaccount.com?uid=123", "7"),
        ("serviceAccount:Service-7@GCP-SA-PubSub.iam.GServiceAccount.com", "7"),
        ("serviceAccount:7@cloudservices.gserviceaccount.com", "7"),
        ("serviceAccount:7@cloudbuild.gserviceaccount.com", "7"),
        ("serviceAccount:7-compute@developer.gserviceaccount.com", "7"),
        ("serviceAccount:etl@p.iam.gserviceaccount.com", ""),
        ("serviceAccount:service-7@gcp-sa-pubsub.iam.gserviceaccount.com.evil.net", ""),
        ("serviceAccount:x-service-7@gcp-sa-pubsub.iam.gserviceaccount.com", ""),
        ("serviceAccount:service-7@evilgserviceaccount.com", ""),
        ("serviceAccount:service-٧@gcp-sa-pubsub.iam.gserviceaccount.com", ""),
        ("serviceAccount:service-7@gcp-sa-pubsub.iam.gserviceaccount.com\n", ""),
        ("user:service-7@gcp-sa-pubsub.iam.gserviceaccount.com", ""),
        ("allUsers", ""),
        ("", ""),
    ],
)
def test_an_account_that_google_manages_has_the_number_of_its_project(member: str, number: str) -> None:
    assert project_number(member) == number


def test_an_agent_is_of_a_monitored_project_or_of_another_one() -> None:
    known = numbers_of(["12", "7"], "")
    assert [is_of(whose, PUBSUB.format(12), known) for whose in (MONITORED, OTHER)] == [True, False]
    assert [is_of(whose, PUBSUB.format(1), known) for whose in (MONITORED, OTHER)] == [False, True]
    assert not any(is_of(whose, "user:bob@example.com", known) for whose in (MONITORED, OTHER))


def test_without_numbers_an_agent_is_of_neither() -> None:
    for known in (without_numbers, numbers_of([], ""), numbers_of(["7"], "organizations/1")):
        assert not any(is_of(whose, PUBSUB.format(1), known) for whose in (MONITORED, OTHER))
    assert is_of(MONITORED, PUBSUB.format(7), numbers_of(["7"], "organizations/1"))
