from __future__ import annotations

import shlex
import subprocess
from typing import Any

import pytest

from collectors.metrics_analysis.advice.command_line import fill, first_complete
from collectors.metrics_analysis.sigma.template import Scope
from shared.redaction import Redactor

# What somebody who writes a log entry may put into a name.
HOSTILE = (
    "x; touch /tmp/owned",
    "$(touch /tmp/owned)",
    "`touch /tmp/owned`",
    "a' && touch /tmp/owned && echo '",
    'a" OR severity>=DEFAULT OR "',
    "a\\",
    'a\\" OR "',
    "*",
    "~root",
    "$HOME",
    "a b",
    "!history",
    "{}",
)


def scope(job: Any, **more: Any) -> Scope:
    return Scope({"jsonPayload": {"job": job, **more}})


@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_is_one_word_whatever_it_contains(name: str) -> None:
    line = fill("bq show --project_id={jsonPayload.job} -j {jsonPayload.job}", scope(name))
    assert shlex.split(line) == ["bq", "show", f"--project_id={name}", "-j", name]


@pytest.mark.server
def test_a_real_shell_reads_the_words_back() -> None:
    command = " ".join(f"--v={{jsonPayload.n{at}}}" for at in range(len(HOSTILE)))
    line = fill(
        f"printf '%s\\n' {command}", Scope({"jsonPayload": {f"n{at}": name for at, name in enumerate(HOSTILE)}})
    )
    shown = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == [f"--v={name}" for name in HOSTILE]


@pytest.mark.parametrize("mark", ['"', "`"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_does_not_end_the_quotation_of_a_filter_or_statement(name: str, mark: str) -> None:
    word = shlex.split(fill(f"x 'a={mark}{{jsonPayload.job}}{mark} AND b'", scope(name)))[1]
    inside = word.removeprefix(f"a={mark}").removesuffix(f"{mark} AND b")
    plain = inside.replace("\\\\", "")
    assert all(plain[at - 1] == "\\" for at, letter in enumerate(plain) if letter == mark)
    assert inside.replace("\\\\", "\0").replace(f"\\{mark}", mark).replace("\0", "\\") == name


@pytest.mark.parametrize("name", ["--impersonate-service-account=mallory", "-j"])
def test_a_value_is_no_option(name: str) -> None:
    assert fill("bq show {jsonPayload.job}", scope(name)) == ""
    assert fill("bq show --job={jsonPayload.job}", scope(name)) == f"bq show --job={name}"


@pytest.mark.parametrize(
    "job", [None, "", [], ["a", "b"], "x" * 301, "a\nb", "a\u202eb"], ids=lambda job: repr(job)[:20]
)
def test_half_a_command_is_none(job: Any) -> None:
    assert fill("bq show {jsonPayload.job}", scope(job)) == ""


def test_a_redacted_value_leaves_no_command() -> None:
    entry = {"jsonPayload": {"job": "secret", "other": "b"}}
    hidden = Scope(entry, redactor=Redactor(["*.job"]))
    assert fill("bq show {jsonPayload.job}", hidden) == ""
    assert fill("bq show {jsonPayload.other}", hidden) == "bq show b"


def test_the_first_command_of_which_all_values_are_there_is_used() -> None:
    commands = ["bq show {jsonPayload.none}", "bq show {jsonPayload.job}", "bq ls"]
    assert first_complete(commands, scope("a")) == "bq show a"
    assert first_complete(commands[:1], scope("a")) == ""


def test_the_value_of_a_flag_is_quoted_so_that_people_can_read_it() -> None:
    assert fill("gcloud x --format='value(a,b)' --limit=5", scope("a")) == "gcloud x --format='value(a,b)' --limit=5"
