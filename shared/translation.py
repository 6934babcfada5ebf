"""Incidents in the reader's language: what rules say in other languages than English is kept with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.records import IncidentDetail, IncidentView, RunView

TRANSLATIONS = "translations"
ERROR_TRANSLATIONS = "error_translations"


def told(evidence: Mapping[str, Any], language: str, name: str, english: str) -> str:
    """The text of that name (title, summary, resolution) in a language; the English one when there is no other."""
    return evidence.get(TRANSLATIONS, {}).get(language, {}).get(name) or english


def translated(incident: IncidentView, language: str) -> IncidentView:
    """The incident with title, summary and resolution in a language, as far as its rule speaks it."""
    if not incident.evidence.get(TRANSLATIONS, {}).get(language):
        return incident
    resolution = incident.resolution and told(incident.evidence, language, "resolution", incident.resolution)
    return replace(
        incident,
        title=told(incident.evidence, language, "title", incident.title),
        summary=told(incident.evidence, language, "summary", incident.summary),
        resolution=resolution,
    )


def translated_detail(detail: IncidentDetail, language: str) -> IncidentDetail:
    """The incident and its occurrences in a language."""
    occurrences = [
        replace(one, summary=told(one.evidence, language, "summary", one.summary)) for one in detail.occurrences
    ]
    return replace(detail, incident=translated(detail.incident, language), occurrences=occurrences)


def run_text(run: RunView, language: str) -> str:
    """What a run came to, in a language as far as its action speaks it."""
    return (run.details or {}).get(TRANSLATIONS, {}).get(language) or run.result or ""


def run_error(run: RunView, language: str) -> str:
    """Why a run failed, in a language as far as it was said in it."""
    return (run.details or {}).get(ERROR_TRANSLATIONS, {}).get(language) or run.error or ""
