"""The commands in the documentation of deploying: gcloud, deploy.sh and hinomi accept all their arguments."""

from __future__ import annotations

import os
import re
import shlex
import subprocess

import pytest
import typer
import yaml

from cli.app import load
from db.engine import POSTGRESQL_CONNECTIONS
from tests.support import gcloud
from tests.support.deployment import ROOT, Deployment

PAGES = [
    *sorted((ROOT / "docs").glob("deploying*.md")),
    *sorted((ROOT / "docs").glob("security*.md")),
    ROOT / "docs" / "dashboards" / "grafana" / "README.md",
]
RELEASE_JOB = 3  # its connections: the lock, a migration, and a spare one
BAD_WORDS = 2  # the exit code of gcloud and deploy.sh for an unknown argument; 1 means "no account", which is fine here


def commands(program: str) -> list[str]:
    found = []
    for page in PAGES:
        for block in re.findall(
            r"^```(?:sh|console)\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            inner = re.findall(r"\$\((.*?)\)", block)
            lines = [*inner, *(line.removeprefix("$ ").rpartition("| ")[2] for line in block.splitlines())]
            found += [line for line in lines if line.split(" ")[0] == program]
    return sorted(set(found))


@pytest.fixture(scope="module")
def environ(prepared: Deployment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment for a gcloud without an account and without a server."""
    return gcloud.environment(prepared.programs, tmp_path_factory.mktemp("docs"), {})


@pytest.mark.slow
@pytest.mark.parametrize("command", [text for text in commands("gcloud") if not text.endswith(" login")])
def test_documented_gcloud_commands_exist(command: str, environ: dict[str, str]) -> None:
    done = subprocess.run(shlex.split(command), env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != BAD_WORDS, done.stderr


@pytest.mark.parametrize("command", commands("./deploy.sh"))
def test_documented_deploy_options_exist(command: str) -> None:
    program = {**os.environ, "HINOMI": "/nonexistent/hinomi"}
    done = subprocess.run(shlex.split(command), cwd=ROOT, env=program, capture_output=True, text=True, check=False)
    assert done.returncode != BAD_WORDS, done.stderr


@pytest.mark.parametrize("command", commands("hinomi"))
def test_documented_hinomi_commands_exist(command: str) -> None:
    _, name, *words = shlex.split(command)
    parsed = load(name)
    context = typer.Context(parsed)
    for word in words:
        if not hasattr(parsed, "commands"):
            break
        parsed = parsed.get_command(context, word)
    rest = words[1:] if hasattr(load(name), "commands") else words
    parsed.make_context("hinomi", rest)


def test_the_settings_for_a_laptop_use_the_names_of_the_plan() -> None:
    text = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^export (HINOMI_\w+)=.*/(\S+)$", text, re.MULTILINE))
    plan = yaml.safe_load((ROOT / "deploy" / "plan.yaml").read_text(encoding="utf-8"))
    databases, users = plan["database"]["databases"], plan["database"]
    assert documented == {
        "HINOMI_ERROR_DB_URL": databases["error"],
        "HINOMI_SCHEMA_DB_URL": databases["schema"],
        "HINOMI_DEAD_LETTER_SUBSCRIPTION": "hinomi-dead-letter",
        "HINOMI_EVIDENCE_TOPIC": plan["sinks"]["topic"],
    }
    assert documented["HINOMI_DEAD_LETTER_SUBSCRIPTION"] in plan["subscriptions"]
    assert f"--secret={users['release_secret']} " in text
    assert f"//{users['release_user']}@127.0.0.1" in text


def test_the_documented_connection_limit_is_sufficient() -> None:
    plan = yaml.safe_load((ROOT / "deploy" / "plan.yaml").read_text(encoding="utf-8"))
    engines = sum(spec["max_instances"] * len(spec["databases"]) for spec in plan["functions"].values())
    for page in ("deploying.md", "deploying.ja.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        (asked,) = re.findall(r"some (\d+) free connections|接続が (\d+) ほど", text)
        assert int("".join(asked)) == engines * POSTGRESQL_CONNECTIONS + RELEASE_JOB


def test_every_option_of_the_script_is_in_its_help() -> None:
    text = (ROOT / "deploy.sh").read_text(encoding="utf-8")
    options = set(re.findall(r"^    (--[a-z-]+)(?: \| (?:--[a-z-]+))?\)", text, re.MULTILINE))
    help_text = text[text.index("<<'TEXT'") : text.index("\nTEXT\n")]
    assert sorted(option for option in options if option not in help_text) == []
