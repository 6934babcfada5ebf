"""Going back to an older version, with the commands of docs/deploying.md."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.deployment import REGION, ROOT, SAME_SOURCE, Deployment, differing
from tests.support.gcloud_services import PROJECT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "deploying.md"
HOME = f"projects/{PROJECT}"
PLACE = f"{HOME}/locations/{REGION}"
SERVICE = f"run/{PLACE}/services/metrics-analysis"
SECRET = f"secretmanager/{HOME}/secrets/hinomi-teams-webhook-url"


def commands() -> list[list[str]]:
    """The commands of the documentation's section, for the project of the tests."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## Roll back\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [shlex.split(line.replace("my-monitoring", PROJECT)) for block in blocks for line in block.splitlines()]


def only(program: str, word: str = "") -> list[str]:
    found = [words for words in commands() if words[0] == program and any(word in part for part in words)]
    assert len(found) == 1
    return found[0]


def call(made: Deployment, words: list[str], *, builds: bool = False) -> str:
    environ = {name: value for name, value in made.environ.items() if not (builds and name in SAME_SOURCE)}
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def source(installed: Deployment) -> Iterator[Path]:
    """The file main.py of the deployed source; tests write versions of it."""
    for name in ("sales-prod", "marketing-prod"):
        installed.server.services.state[f"cloudresourcemanager/projects/{name}"] = {
            "projectId": name,
            "projectNumber": "7",
        }
    version = {"name": f"{HOME}/secrets/hinomi-teams-webhook-url/versions/1", "state": "ENABLED", "data": "eA=="}
    installed.server.services.state[SECRET] = {"name": "hinomi-teams-webhook-url"}
    installed.server.services.state[f"{SECRET}/versions/1"] = version
    installed.server.services.state[f"{SECRET}/versions/latest"] = version
    path = installed.folder / "tree" / "main.py"
    old = path.read_text(encoding="utf-8")
    yield path
    path.write_text(old, encoding="utf-8")


def test_the_older_source_is_deployed_unchanged(installed: Deployment, source: Path) -> None:
    deploy = [str(installed.folder / "tree" / "deploy.sh"), *only("./deploy.sh")[1:], "--yes"]
    assert only("git", "checkout")
    call(installed, deploy)  # the source of the installation
    old_text, old_end = source.read_text(encoding="utf-8"), installed.state
    source.write_text(f"{old_text}# the next version\n", encoding="utf-8")
    call(installed, deploy, builds=True)
    assert differing(installed.state, old_end) != {}
    source.write_text(old_text, encoding="utf-8")
    said = call(installed, deploy, builds=True)
    assert "not built from this source" not in said  # the old image is still there
    assert "tables, rights and handler rules: not those of this source" in said
    left = differing(installed.state, old_end)
    assert [key for key in left if "/packages/release/tags/" not in key] == []


def test_calls_go_to_an_older_revision_within_seconds_and_back(installed: Deployment) -> None:
    assert "metrics-analysis-1" in call(installed, only("gcloud", "list"))
    back = only("gcloud", "--to-revisions")
    call(installed, back)
    held = back[-1].partition("=")[2].removesuffix("=100")
    assert installed.server.state[SERVICE]["traffic"] == [{"percent": 100, "revisionName": held}]
    problems = [item for area in installed.doctor()["areas"] for item in area["problems"] if held in item["what"]]
    assert [item["fix"] for item in problems] == [f"{shlex.join(only('gcloud', '--to-latest'))} --quiet"]
    call(installed, only("gcloud", "--to-latest"))
    assert installed.server.state[SERVICE]["traffic"] == [{"latestRevision": True, "percent": 100}]
    installed.server.services.state[SERVICE]["traffic"] = [{"percent": 100, "revisionName": held}]
    assert installed.run().returncode == 0, "a deployment gets the traffic even after a rollback"
    assert installed.server.state[SERVICE]["traffic"] == [{"latestRevision": True, "percent": 100}]
