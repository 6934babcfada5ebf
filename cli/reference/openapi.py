"""The description of the JSON API as a file of docs/."""

from __future__ import annotations

import json

from shared.config import ROOT

PAGE = ROOT / "docs" / "openapi.json"


def text() -> str:
    """The OpenAPI description as served by a dashboard."""
    from dashboard.api.openapi import description

    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"
