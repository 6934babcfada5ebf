"""The next steps for an incident: first those after an unsuccessful remediation, then those of its rule."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from handlers import registry
from handlers.cards.failed_remediation import APPROVAL_EXPIRED
from shared.model import Mode, RunState, Status
from shared.records import IncidentView, RunView
from shared.texts import Text
from shared.texts.recorded import next_steps
from shared.texts.remediations import failed as texts

UNVERIFIED = "unverified"  # the verdict of a run whose effect could not be read in time


def steps_for(incident: IncidentView, runs: Sequence[RunView], language: str) -> list[tuple[str, str]]:
    """The steps in a language, each with its command, which may be empty; no steps for a resolved incident."""
    if incident.status is Status.RESOLVED:
        return []
    failed = unsuccessful(runs)
    about = _about(failed, incident) if failed is not None else []
    return [*((text.in_language(language), command) for text, command in about), *next_steps(incident, language)]


def unsuccessful(runs: Sequence[RunView]) -> RunView | None:
    """The latest remediation if it failed, did not help or was not approved in time, and no other follows; otherwise None."""
    repairs = [run for run in runs if registry.is_remediation(run.action) and run.undo_of is None]
    ran = [run for run in repairs if run.state is not RunState.SKIPPED or run.reason == APPROVAL_EXPIRED]
    tried = [run for run in ran if run.state is not RunState.DONE or run.mode is not Mode.DRY_RUN]
    last = tried[-1] if tried else None
    return last if last is not None and _is_unsuccessful(last) else None


def _is_unsuccessful(run: RunView) -> bool:
    is_unverified = run.state is RunState.DONE and run.verdict == UNVERIFIED
    return run.state is RunState.FAILED or run.did_not_help or is_unverified or run.reason == APPROVAL_EXPIRED


def _about(run: RunView, incident: IncidentView) -> list[tuple[Text, str]]:
    again = shlex.join(("hinomi", "handlers", "run", run.handler_rule, str(incident.id)))
    undo = [(texts.UNDO(rule=run.handler_rule), f"hinomi handlers undo {run.id}")] if run.can_be_undone else []
    if run.reason == APPROVAL_EXPIRED:
        return [(texts.NOT_APPROVED(rule=run.handler_rule), again)]
    if run.state is RunState.FAILED:
        return [(texts.FAILED(rule=run.handler_rule), again), *undo]
    template = texts.DID_NOT_HELP if run.did_not_help else texts.UNVERIFIED
    return [(template(rule=run.handler_rule), ""), *undo]
