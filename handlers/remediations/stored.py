"""The journal of a run in the Error DB. Each entry is written only while the worker has the lease, and extends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.error_db import runs
from db.error_db.runs import calls
from db.error_db.store import ErrorStore
from handlers.remediations.model import Call, Effect, Journal, Plan
from shared.errors import ActionError
from shared.records import RunView
from shared.texts import actions


class StoredJournal(Journal):
    """The journal of one claimed run, including the calls of earlier attempts."""

    def __init__(
        self,
        store: ErrorStore,
        session: Session,
        run: RunView,
        *,
        owner: str,
        lease: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._store = store
        self._run = run
        self._owner = owner
        self._lease = lease
        self._clock = clock
        self._numbers: dict[int, int] = {}
        earlier = calls.of_run(session, run.id)
        self.effects = [Effect(each.effect) for each in earlier]
        self._made = [(each.method, each.resource) for each in earlier]
        if self.effects and run.plan_made:
            self.plan = Plan.from_dict(run.plan_made, run.undo)

    def begin(self, plan: Plan) -> None:
        """Stores the plan and its undo."""
        self._hold(plan)
        super().begin(plan)

    def call(self, call: Call) -> int:
        """Stores a call before it is made."""
        now = self._clock()
        with self._store.transaction(now) as transaction:
            stored = calls.add(
                transaction.session,
                self._run.id,
                attempt=self._run.attempts,
                method=call.method,
                resource=call.url.partition("?")[0],
                body=call.shown_body,
                now=now,
            )
            if not runs.extend(transaction.session, self._run.id, owner=self._owner, until=now + self._lease):
                raise ActionError(actions.TAKEN_OVER, permanent=False)
        number = super().call(call)
        self._numbers[number] = stored
        return number

    def answered(self, number: int, effect: Effect, status: int | None, text: str) -> None:
        """Stores the response even if the lease was lost, because the call was made."""
        super().answered(number, effect, status, text)
        now = self._clock()
        arrived = now if status is not None else None
        with self._store.transaction(now) as transaction:
            calls.answer(
                transaction.session,
                self._numbers[number],
                effect=effect,
                status=status,
                answer=text,
                now=arrived,
            )

    def _hold(self, plan: Plan) -> None:
        now = self._clock()
        with self._store.transaction(now) as transaction:
            has_lease = runs.begin(
                transaction.session,
                self._run.id,
                owner=self._owner,
                plan=plan.as_dict(),
                undo=plan.undo,
                lease_until=now + self._lease,
            )
        if not has_lease:
            raise ActionError(actions.TAKEN_OVER, permanent=False)
