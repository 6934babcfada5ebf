"""Expensive fixtures, created once for all end-to-end tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.source import build
from shared.config import ROOT
from tests.support import browser as browsers
from tests.support import bytecode, deployment, gcloud, memory
from tests.support.browser import Browser
from tests.support.deployment import FOLDER, Deployment, Undisturbed

# uv's message if there is no index, or none with these packages.
UNREACHABLE = ("Failed to fetch", "Could not connect", "not found in the package registry", "there is no version of")


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules of this repository with the platform map of docs/platform-map.md."""
    rules = tmp_path_factory.mktemp("rules") / "rules"
    shutil.copytree(ROOT / "rules", rules, ignore=shutil.ignore_patterns("compiled.json", ".compiled.json.*"))
    page = (ROOT / "docs" / "platform-map.md").read_text(encoding="utf-8")
    (rules / "platform.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    return rules


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory, rules: Path) -> Path:
    """The folder that `hinomi deploy source` writes; its modules are already compiled."""
    out = tmp_path_factory.mktemp("source") / "out"
    build(out, rules_dir=rules)
    for part in ("function", "release"):
        bytecode.lend(ROOT, out / part)
    return out


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Path:
    """The folder of programs of a virtual environment that has only the function's locked requirements."""
    return _installed(tmp_path_factory.mktemp("empty"), source / "function")


@pytest.fixture(scope="session")
def release_programs(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Path:
    """The folder of programs of a virtual environment that has only the release job's locked requirements."""
    return _installed(tmp_path_factory.mktemp("empty"), source / "release")


def _installed(folder: Path, source: Path) -> Path:
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")], check=True)
    programs = folder / "venv" / "bin"
    install = [uv, "pip", "install", "--quiet", "--python", str(programs / "python"), "--no-deps", "--require-hashes"]
    done = subprocess.run(
        [*install, "-r", str(source / "requirements.txt")], capture_output=True, text=True, check=False
    )
    if done.returncode != 0 and any(sign in done.stderr for sign in UNREACHABLE):
        pytest.skip(f"the package index cannot be reached: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    bytecode.lend(Path(sysconfig.get_path("purelib")), programs.parent / "lib" / python / "site-packages")
    return programs


@pytest.fixture(scope="session")
def prepared() -> Iterator[Deployment]:
    """deploy.sh and the real gcloud, ready to run against an empty project."""
    sdk = gcloud.root()
    if sdk is None:
        pytest.skip("gcloud is not installed")
    with memory.folder("hinomi-deploy-") as folder, deployment.prepared(sdk, folder) as made:
        yield made


@pytest.fixture(scope="session")
def undisturbed(prepared: Deployment) -> Undisturbed:
    """The first run of deploy.sh, without failures."""
    return Undisturbed(prepared)


@pytest.fixture(scope="session")
def of_folder(undisturbed: Undisturbed) -> Undisturbed:
    """The run that changes the scope of the installation to a folder."""
    undisturbed.made.server.restore(undisturbed.raw_end)
    return Undisturbed(undisturbed.made, *FOLDER)


@pytest.fixture
def installed_for_folder(of_folder: Undisturbed) -> Deployment:
    """The finished installation with a folder as scope, reset to its state before the previous test."""
    of_folder.made.server.restore(of_folder.raw_end)
    of_folder.made.commands()
    return of_folder.made


@pytest.fixture
def installed(undisturbed: Undisturbed) -> Deployment:
    """The finished installation, reset to its state before the previous test."""
    undisturbed.made.server.restore(undisturbed.raw_end)
    undisturbed.made.commands()
    return undisturbed.made


@pytest.fixture
def empty(undisturbed: Undisturbed) -> Deployment:
    """The project before the first run, empty again."""
    undisturbed.made.server.restore(undisturbed.empty)
    undisturbed.made.commands()
    return undisturbed.made


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests, because its start takes as long as twenty pages."""
    found = browsers.program()
    if found is None:
        pytest.skip("Chromium is not installed")
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(browsers.browser(found, tmp_path_factory.mktemp("browser")))
        except browsers.BrowserStartError as reason:
            pytest.skip(f"Chromium does not start: {reason}")
        yield opened


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """The browser without a page of an earlier test."""
    chromium.leave()
    return chromium
