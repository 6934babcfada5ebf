"""The worker's side: checks an order against the scripts of this machine, runs it once, and publishes the result.

The order of the steps makes a crash harmless. An order is stored, announced and acknowledged before it starts, so that
an order that is delivered again has not run. A result is stored before it is published, and unpublished results are
published at the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from handlers.scripts import command, local, values
from handlers.scripts.local import exit_text
from handlers.scripts.orders.ledger import LedgerEntry, LedgerState, OrderLedger
from handlers.scripts.orders.message import MOST_SKEW, AnswerState, Order, read_order, reason_of, signed
from shared.errors import InputError
from shared.texts import Text
from shared.texts.scripts import AT_TIME_LIMIT, MAYBE_RAN
from shared.texts.scripts import orders as texts

if TYPE_CHECKING:
    from handlers.scripts.command import ScriptCall
    from handlers.scripts.process import ProcessResult
    from handlers.scripts.script import Script
    from shared.config import Settings
    from shared.secret import Secret

ALIVE_EVERY = timedelta(minutes=5)
MOST_STARTS = 3  # of an idempotent script whose process ended the worker, too


class Bus(Protocol):
    """The connection to Pub/Sub of a worker.

    Both methods raise TransientError or InputError if Pub/Sub does not confirm.
    """

    def publish(self, data: bytes) -> None:
        """Publishes a message to the topic of the worker's results."""

    def acknowledge(self, ack_id: str) -> None:
        """Acknowledges an order; it will not be delivered again."""


@dataclass(slots=True)
class OrderRunner:
    """Runs the orders of one worker on a `machine`, one at a time. `note` prints a line for people."""

    worker: str
    machine: str
    scripts: Mapping[str, Script]
    settings: Settings
    key: Secret
    ledger: OrderLedger
    bus: Bus
    clock: Callable[[], datetime]
    note: Callable[[Text], None] = lambda _text: None
    _alive_at: datetime | None = None

    def resume(self) -> None:
        """Finishes the work of an earlier process: publishes results, and ends the orders that were running.

        A running order starts again if its script is idempotent; otherwise it is reported as unknown. Raises
        TransientError.
        """
        for entry in self.ledger.unfinished():
            if entry.state is LedgerState.STARTED:
                self._again(entry)
            else:
                self._report(entry)
        self.ledger.forget(self.clock())

    def stay_alive(self) -> None:
        """Reports every few minutes that the worker is alive. Raises TransientError."""
        now = self.clock()
        if self._alive_at is None or now - self._alive_at >= ALIVE_EVERY:
            self._send(AnswerState.ALIVE, scripts=sorted(self.scripts), machine=self.machine)
            self._alive_at = now

    def read(self, data: bytes) -> Order:
        """The order in a message. Raises InputError if it is not an order for this worker."""
        return read_order(data, self.worker, self.key)

    def take(self, order: Order, ack_id: str) -> None:
        """Runs an order once.

        Raises TransientError or InputError if Pub/Sub does not confirm a step: the order is then delivered again, or
        continued by `resume`.
        """
        known = self.ledger.find(order.id)
        if known is not None and known.state is not LedgerState.TAKEN:
            self._repeat(known, ack_id)
            return
        content = order.as_dict()
        entry = LedgerEntry(order.id, LedgerState.TAKEN, content, order.expires.isoformat())
        try:
            made = self._checked(order)
            secrets = local.secrets_of(made, self.settings)
        except InputError as error:
            result = self._content(AnswerState.REFUSED, order, reason=reason_of(error.text))
            entry = self.ledger.write(entry, LedgerState.ENDED, result=result)
            self.note(error.text)
            self.bus.acknowledge(ack_id)
            self._report(entry)
            return
        entry = self.ledger.write(entry, LedgerState.TAKEN)
        self._send(AnswerState.STARTED, order)
        self.bus.acknowledge(ack_id)
        self._run(entry, order, made, secrets)

    def _repeat(self, known: LedgerEntry, ack_id: str) -> None:
        """Publishes the result of a redelivered order again, in case it was lost."""
        self.bus.acknowledge(ack_id)
        if known.state in (LedgerState.ENDED, LedgerState.REPORTED):
            self._report(known)

    def _checked(self, order: Order) -> ScriptCall:
        """The call of the order by the manifests of this machine. Raises InputError."""
        now = self.clock()
        if now >= order.expires or order.issued > now + MOST_SKEW:
            raise InputError(texts.EXPIRED(time=f"{order.expires:%Y-%m-%d %H:%M} UTC"))
        script = self.scripts.get(order.script)
        if script is None:
            raise InputError(texts.NOT_DECLARED(worker=self.worker, script=order.script))
        return command.call(script, values.resolved(script, order.parameters, None))

    def _run(self, entry: LedgerEntry, order: Order, made: ScriptCall, secrets: Mapping[str, Secret]) -> None:
        entry = self.ledger.write(entry, LedgerState.STARTED, attempts=entry.attempts + 1)
        identity = {"HINOMI_RUN_ID": str(order.run), "HINOMI_INCIDENT_ID": str(order.incident)}
        try:
            result = local.run(
                made,
                self.settings.actions_folder,
                secrets,
                variables={**identity, "HINOMI_SCRIPT": made.script.name},
            )
        except InputError as error:
            content = self._content(AnswerState.REFUSED, order, reason=reason_of(error.text))
            self.note(error.text)
        else:
            content = self._ended(order, result, secrets)
            ending = AT_TIME_LIMIT if result.timed_out else exit_text(result.code)
            self.note(texts.RAN(script=made.script.name, order=order.id, ending=ending))
        self._report(self.ledger.write(entry, LedgerState.ENDED, result=content))

    def _again(self, entry: LedgerEntry) -> None:
        """Continues an order whose script was running when the process ended."""
        order = read_order(signed(entry.order, self.key), self.worker, self.key)
        script = self.scripts.get(order.script)
        try:
            if script is not None and script.idempotent and entry.attempts < MOST_STARTS:
                # It expired meanwhile, perhaps: it was started in time.
                made = self._checked(replace(order, expires=max(order.expires, self.clock() + timedelta(seconds=1))))
                self._run(entry, order, made, local.secrets_of(made, self.settings))
                return
        except InputError as error:
            self.note(error.text)
        text = MAYBE_RAN(script=order.script)
        self.note(text)
        content = self._content(AnswerState.UNKNOWN, order, reason=reason_of(text))
        self._report(self.ledger.write(entry, LedgerState.ENDED, result=content))

    def _ended(self, order: Order, result: ProcessResult, secrets: Mapping[str, Secret]) -> dict[str, Any]:
        return self._content(
            AnswerState.ENDED,
            order,
            exit=result.code,
            output=local.output_text(result, secrets),
            milliseconds=int(result.seconds * 1000),
            timed_out=result.timed_out,
        )

    def _report(self, entry: LedgerEntry) -> None:
        self.bus.publish(signed(entry.result, self.key))
        self.ledger.write(entry, LedgerState.REPORTED)

    def _send(self, state: AnswerState, order: Order | None = None, **fields: Any) -> None:
        self.bus.publish(signed(self._content(state, order, **fields), self.key))

    def _content(self, state: AnswerState, order: Order | None, **fields: Any) -> dict[str, Any]:
        of_order = {"order": order.id, "run": order.run} if order else {}
        time = self.clock().isoformat()
        return {"worker": self.worker, "worker_state": state.value, "time": time, **of_order, **fields}
