"""Notices of libraries about the installation do not appear in a command's output."""

from __future__ import annotations

import warnings
from datetime import date

from google.api_core._python_version_support import PythonVersionStatus, check_python_version

from cli import library_notices


def test_the_end_of_life_of_a_python_version_is_not_in_the_output_of_commands() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        library_notices.hide()
        status = check_python_version("google.cloud.bigquery", date(2100, 1, 1))
    assert status is PythonVersionStatus.PYTHON_VERSION_UNSUPPORTED
