"""Texts that are stored with incidents and runs: English in their columns, the other languages beside it in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.lazy.pattern import lazy_pattern
from shared.texts import LANGUAGES, Text

if TYPE_CHECKING:
    from shared.records import IncidentDetail, IncidentView, RunView

TRANSLATIONS = "translations"
NEXT_STEPS = "next"  # in the evidence of an occurrence
ERROR_TRANSLATIONS = "error_translations"
OUTPUT = "output"  # in the details of a run: the output of its script
_PART_OF = lazy_pattern(r"(?P<where>\S+: )?(?P<part>\S+) of (?P<whole>\S+)")


def translations(**texts: Text) -> dict[str, dict[str, str]]:
    """The texts of a finding or a recovery by language and name, without English: `{"ja": {"summary": …}}`."""
    others = [language for language in LANGUAGES if language != "en"]
    return {language: {name: text.in_language(language) for name, text in texts.items()} for language in others}


def recorded(evidence: Mapping[str, Any], language: str, name: str, english: str) -> str:
    """The text of that name (title, summary, resolution) in a language; English if the language is not stored."""
    return evidence.get(TRANSLATIONS, {}).get(language, {}).get(name) or english


def localized(incident: IncidentView, language: str) -> IncidentView:
    """The incident with title, summary and resolution in a language, as far as they are stored."""
    if not incident.evidence.get(TRANSLATIONS, {}).get(language):
        return incident
    resolution = incident.resolution and recorded(incident.evidence, language, "resolution", incident.resolution)
    return replace(
        incident,
        title=recorded(incident.evidence, language, "title", incident.title),
        summary=recorded(incident.evidence, language, "summary", incident.summary),
        resolution=resolution,
    )


def next_steps(incident: IncidentView, language: str) -> list[tuple[str, str]]:
    """The next steps in a language, each with its command, which may be empty."""
    stored = incident.evidence.get(NEXT_STEPS) or []
    return [(str(step.get(language) or step.get("en", "")), str(step.get("command", ""))) for step in stored]


def summary_of(incident: IncidentView) -> Text:
    """Title and summary of an incident as one line, in each stored language."""
    views = {language: localized(incident, language) for language in LANGUAGES}
    return Text(**{language: f"{view.title}: {view.summary}" for language, view in views.items()})


def localized_detail(detail: IncidentDetail, language: str) -> IncidentDetail:
    """The incident and its occurrences in a language."""
    occurrences = [
        replace(one, summary=recorded(one.evidence, language, "summary", one.summary)) for one in detail.occurrences
    ]
    return replace(detail, incident=localized(detail.incident, language), occurrences=occurrences)


def run_text(run: RunView, language: str) -> str:
    """The result of a run in a language; English if the language is not stored."""
    return (run.details or {}).get(TRANSLATIONS, {}).get(language) or run.result or ""


def output_of(run: RunView) -> str:
    """The stored output of the script of a run; empty for other actions."""
    output = (run.details or {}).get(OUTPUT) or (run.after or {}).get(OUTPUT, "")
    return output if isinstance(output, str) else ""


def run_error(run: RunView, language: str) -> str:
    """The error of a run in a language; English if the language is not stored."""
    return (run.details or {}).get(ERROR_TRANSLATIONS, {}).get(language) or run.error or ""


def target_text(target: str) -> Text:
    """The target of a run in each language, such as `etl: load.merge of manual__1`; stored in English, since limits count by it."""
    match = _PART_OF.fullmatch(target)
    return (
        Text(en=target, ja=f"{match['where'] or ''}{match['whole']} の {match['part']}")
        if match
        else Text.verbatim(target)
    )
