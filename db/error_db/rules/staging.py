"""Findings of rules that open no incidents; those of staged rules are stored.

The mode that a person set applies, otherwise the mode in the rule's file, which a finding contains. It is read in the
transaction that records the finding, so that a change applies to the next message on every instance.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.error_db.models import Occurrence, RuleModeRow, StagedFinding
from db.error_db.recording import evidence_of, shown
from db.insert import insert
from db.sanitize import clean, scrubbed_key
from shared.model import Finding, Recovery, RuleMode
from shared.redaction import Redactor


class StagedRules:
    """The part of a transaction on the Error DB about rules that open no incidents."""

    session: Session
    now: datetime

    def _is_held(self, finding: Finding, redactor: Redactor) -> bool:
        """Whether the finding opens no incident, because its rule is staged or disabled; stores it if staged.

        A staged event stays staged when it is delivered again after the rule was enabled.
        """
        changed = self.session.get(RuleModeRow, scrubbed_key(finding.rule, 200))
        mode = RuleMode(changed.mode) if changed and changed.mode else finding.mode
        if mode is RuleMode.ENABLED:
            return changed is not None and self._is_known(StagedFinding, finding)
        if mode is RuleMode.STAGED and not (finding.expired or finding.failed):
            self._stage(finding, redactor)
        return True

    def _is_known(self, table: type[StagedFinding | Occurrence], finding: Finding) -> bool:
        key = table.event_key == scrubbed_key(finding.event_key, 300), table.fingerprint == finding.fingerprint
        return (
            self.session.scalar(select(table.id).where(table.rule == scrubbed_key(finding.rule, 200), *key)) is not None
        )

    def _stage(self, finding: Finding, redactor: Redactor) -> None:
        if finding.replaces:
            self._unstage(finding, finding.replaces[0])
        if self._is_known(Occurrence, finding):  # a second delivery of an event from before the rule was staged
            return
        evidence = evidence_of(finding, redactor)
        values = {
            "rule": scrubbed_key(finding.rule, 200),
            "event_key": scrubbed_key(finding.event_key, 300),
            "fingerprint": finding.fingerprint,
            "severity": finding.severity,
            "service": clean(finding.service, 40),
            "project": clean(finding.project, 100),
            "resource": shown(finding.resource, redactor),
            "principal": shown(finding.principal, redactor),
            "summary": shown(finding.summary, redactor),
            "quiet_seconds": finding.quiet_seconds,
            "time": finding.time,
            "received_at": self.now,
            "log_url": clean(finding.log_url),
            "evidence": evidence,
        }
        self.session.execute(insert(self.session, StagedFinding).values(values).on_conflict_do_nothing())

    def _unstage(self, effect: Finding | Recovery, fingerprint: str) -> None:
        """Deletes the finding of a staged rule on an event that turned out to be another one, or whose operation failed."""
        key = StagedFinding.rule == scrubbed_key(effect.rule, 200), StagedFinding.fingerprint == fingerprint
        event = StagedFinding.event_key == scrubbed_key(effect.event_key, 300)
        self.session.execute(delete(StagedFinding).where(*key, event))
