"""The release job runs unless its last run was of the same release, on the same databases."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.parts import database, release
from deploy.site import Site, read_plan
from tests.support.gcloud_server import GoogleServer
from tests.support.planning import HOME, REGION, Ground, aim

pytestmark = pytest.mark.server

JOB = f"run/{HOME}/locations/{REGION}/jobs/hinomi-release"
OLD, NEW = "a" * 32, "b" * 32


def observe(server: GoogleServer, *, digest: str = "a" * 32, database_instance: str = "") -> Site:
    return Ground(server).site(aim(database_instance=database_instance), digest=digest)


@pytest.fixture
def server(server: GoogleServer) -> GoogleServer:
    """A project with two instances that have all databases and users."""
    for name in ("hinomi", "other"):
        make_instance(server, name)
    return server


def make_instance(server: GoogleServer, name: str, made_at: str = "2026-01-01T00:00:00Z") -> None:
    site = observe(server)
    instance = f"sql/{HOME}/instances/{name}"
    users = [site.database_user(function.account) for function in site.functions]
    server.services.state[instance] = {"name": name, "connectionName": f"p:r:{name}", "createTime": made_at}
    for kind, names in (("databases", read_plan()["database"]["databases"].values()), ("users", users)):
        server.services.state |= {f"{instance}/{kind}/{item}": {"name": item} for item in names}


def run(server: GoogleServer, site: Site, *, steps: int | None = None) -> list[str]:
    """Applies the planned steps of the release job, at most `steps`, to its stored mark; returns the verbs of the commands."""
    found = list(release.job(site))[:steps]
    for step in found:
        job = server.services.state.setdefault(JOB, {"labels": {}})
        apply(job, step.argv)
    return [step.argv[2] for step in found]


def apply(job: dict[str, Any], argv: tuple[str, ...]) -> None:
    for word in argv:
        flag, _, value = word.partition("=")
        if flag in ("--labels", "--update-labels"):
            job["labels"] |= dict(pair.split("=") for pair in value.split(","))
        elif flag == "--remove-labels":
            job["labels"].pop(value, None)
        elif flag == "--image":
            job["spec"] = {"template": {"spec": {"containers": [{"image": value}]}}}


def test_after_a_run_nothing_is_left_to_do(server: GoogleServer) -> None:
    assert run(server, observe(server)) == ["create", "execute", "update"]
    assert run(server, observe(server)) == []


def test_going_back_runs_it_again(server: GoogleServer) -> None:
    for digest in (OLD, NEW, OLD):
        assert "execute" in run(server, observe(server, digest=digest))


def test_another_instance_runs_it_again_and_so_does_the_way_back(server: GoogleServer) -> None:
    for name in ("", "other", ""):
        assert "execute" in run(server, observe(server, database_instance=name))


def test_an_unfinished_release_does_not_count_for_an_earlier_one(server: GoogleServer) -> None:
    run(server, observe(server, digest=OLD))
    assert run(server, observe(server, digest=NEW), steps=1) == ["update"]
    assert release.was_run(observe(server, digest=OLD)) is False
    assert "execute" in run(server, observe(server, digest=OLD))


def test_an_instance_that_was_lost_and_made_anew_is_not_released(server: GoogleServer) -> None:
    run(server, observe(server))
    make_instance(server, "hinomi", "2026-02-02T00:00:00Z")
    assert run(server, observe(server)) == ["execute", "update"]


@pytest.mark.parametrize("lost", ["databases/hinomi_error", "users/hinomi-metrics@example-project.iam"])
def test_the_mark_is_removed_before_lost_objects_are_created_again(server: GoogleServer, lost: str) -> None:
    run(server, observe(server))
    deleted = server.services.state.pop(f"sql/{HOME}/instances/hinomi/{lost}")
    (step,) = release.forget(observe(server))
    apply(server.services.state[JOB], step.argv)
    server.services.state[f"sql/{HOME}/instances/hinomi/{lost}"] = deleted
    assert list(release.forget(observe(server))) == []
    assert run(server, observe(server)) == ["execute", "update"]


def test_nothing_is_forgotten_while_all_is_there(server: GoogleServer) -> None:
    run(server, observe(server))
    assert database.missing(observe(server)) == []
    assert list(release.forget(observe(server))) == []
