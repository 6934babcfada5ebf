"""The module of clients/hinomi_airflow, as Airflow imports it from a folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from shared.config import ROOT

MODULE = ROOT / "clients" / "hinomi_airflow" / "hinomi_airflow.py"


def load(path: Path = MODULE) -> ModuleType:
    """Imports the module. Without Airflow installed it has the callbacks and no plug-in."""
    if "hinomi_airflow" not in sys.modules:
        spec = importlib.util.spec_from_file_location("hinomi_airflow", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["hinomi_airflow"] = module
        spec.loader.exec_module(module)
    return sys.modules["hinomi_airflow"]
