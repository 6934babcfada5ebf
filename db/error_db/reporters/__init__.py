"""Records which reporters publish to their own topics, because the shared topic of earlier versions then rejects their names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.models import ReporterTopic
from db.insert import insert


class ReporterTopics:
    """The part of a transaction on the Error DB about the topics of reporters."""

    session: Session

    def use_own_topic(self, reporter: str, time: datetime) -> None:
        """Records that the reporter published to its own topic at `time`; the earliest time counts."""
        added = insert(self.session, ReporterTopic).values(reporter=reporter, used_at=time)
        earlier = added.on_conflict_do_update(
            index_elements=[ReporterTopic.reporter],
            set_={"used_at": time},
            where=ReporterTopic.used_at > time,
        )
        self.session.execute(earlier)

    def own_topic_since(self, reporter: str) -> datetime | None:
        """The time when the reporter first published to its own topic; None if it never did."""
        found = self.session.get(ReporterTopic, reporter, populate_existing=True)
        return found.used_at if found else None


def moved(session: Session) -> set[str]:
    """The reporters that have published to topics of their own."""
    return set(session.scalars(select(ReporterTopic.reporter)))
