"""Hides notices of libraries that have nothing to do with a command but would appear in its output."""

from __future__ import annotations

import warnings

# google.api_core says so in the process of each command and for each of its libraries, from three months before the
# Python version of the installation reaches its end of life.
PYTHON_VERSION = "You are using a (non-supported )?Python version"


def hide() -> None:
    """Hides these notices in this process; `python -W` and PYTHONWARNINGS do not bring them back."""
    warnings.filterwarnings("ignore", PYTHON_VERSION, FutureWarning)
