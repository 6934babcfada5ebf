"""The access token for reading a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import bootstrap
from shared.errors import InputError

pytestmark = pytest.mark.server


@pytest.fixture
def gcloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Installs a program `gcloud` as the only one on the PATH."""
    program = tmp_path / "gcloud"
    program.write_text('#!/bin/sh\necho "$*" of gcloud\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(bootstrap.ACCESS_TOKEN, raising=False)
    return program


def test_gcloud_prints_the_token(gcloud: Path) -> None:
    assert gcloud.exists()
    assert bootstrap.token().reveal() == "auth print-access-token of gcloud"


def test_the_token_in_the_variable_of_gcloud_is_used_as_gcloud_does(
    gcloud: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gcloud.exists()
    monkeypatch.setenv(bootstrap.ACCESS_TOKEN, "of the variable")
    assert bootstrap.token().reveal() == "of the variable"


def test_an_account_that_gcloud_does_not_have_is_named(gcloud: Path) -> None:
    message = (
        "ERROR: (gcloud.auth.print-access-token) You do not currently have an active account selected.\n"
        "Please run:\n\n  $ gcloud auth login\n\nto obtain new credentials.\n"
    )
    gcloud.write_text(f"#!/bin/sh\necho '{message}' >&2\nexit 1\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        bootstrap.token()
    assert str(error.value) == (
        "gcloud has no active account, or cannot use it: run `gcloud auth login`"
        " (You do not currently have an active account selected)"
    )
