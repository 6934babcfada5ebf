"""deploy.sh interrupted by a person: it says how to continue, and leaves no file with a secret."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import Any

import pytest

from tests.support.deployment import Deployment, Undisturbed, differing
from tests.support.gcloud_server import Call
from tests.support.gcloud_services import PROJECT
from tests.support.injected_failures import FailureMode, InjectedFailure, reads

pytestmark = pytest.mark.slow

USER = f"sql/projects/{PROJECT}/instances/hinomi/users/hinomi-release"


def sets_the_password(call: Call) -> bool:
    return call.changes and call.path.endswith("/users")


def interrupted(made: Deployment, by: signal.Signals) -> subprocess.CompletedProcess[str]:
    """Interrupts deploy.sh while gcloud reads the release user's password from a file."""
    del made.server.services.state[USER]
    return made.run(failure=InjectedFailure(FailureMode.KILL, counts=sets_the_password), by=by)


def test_an_interrupted_run_says_how_to_continue_and_the_next_run_does(
    installed: Deployment, undisturbed: Undisturbed
) -> None:
    for by, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        done = interrupted(installed, by)
        assert done.returncode == status, done.stderr
        assert done.stderr.endswith(
            "deploy.sh: interrupted. Run the same command again: it continues where it stopped.\n"
        )
        assert installed.short_lived == []
    assert installed.run().returncode == 0
    assert differing(installed.state, undisturbed.end) == {}


def test_the_next_run_removes_the_files_of_a_killed_run_and_keeps_those_of_a_parallel_run(
    installed: Deployment,
) -> None:
    assert interrupted(installed, signal.SIGKILL).returncode == -signal.SIGKILL
    assert [(path / "flags.yaml").exists() for path in installed.short_lived] == [True]
    others = installed.folder / "tmp" / f"hinomi-deploy.{os.getpid()}.abcdef"
    others.mkdir()
    assert installed.run("--plan").returncode == 0
    assert installed.short_lived == [others]
    others.rmdir()


def test_a_failed_step_says_how_to_continue(installed: Deployment) -> None:
    del installed.server.services.state[USER]
    refused: Any = installed.run(failure=InjectedFailure(FailureMode.ERROR, counts=sets_the_password))
    assert refused.returncode == 1
    assert (
        "failed: create database user hinomi-release. Fix the cause, then run the same command again" in refused.stderr
    )
    assert "    gcloud sql users create hinomi-release " in refused.stderr
    assert installed.short_lived == []


def test_a_failed_read_after_a_phase_stops_the_run_with_its_reason(
    installed: Deployment, undisturbed: Undisturbed
) -> None:
    state = installed.server.services.state
    del state[USER]
    denied = (403, {"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}})
    after_the_change = InjectedFailure(
        FailureMode.ERROR, counts=lambda call: reads(call) and USER in state, response=denied
    )
    done = installed.run(failure=after_the_change)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("hinomi: ")
    assert done.stderr.endswith(": denied\n")
    assert "==> create database user hinomi-release\n" in done.stdout
    assert "Hinomi is deployed" not in done.stdout
    assert installed.short_lived == []
    assert installed.run().returncode == 0
    assert differing(installed.state, undisturbed.end) == {}
