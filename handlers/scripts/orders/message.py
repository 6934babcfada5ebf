"""The messages between the function and a worker on-premises, as JSON, each signed with the key of the worker.

An order names a script and has checked values of its parameters: no program, no host and no secret. The signature is
HMAC-SHA256 over the message without it, so that a publisher without the key can neither order a run nor answer for one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.records import WorkerAnswer
from shared.secret import Secret
from shared.texts import LANGUAGES, Text
from shared.texts.scripts import orders as texts

VALID = timedelta(minutes=30)  # a worker starts no order after this time
MOST_SKEW = timedelta(minutes=5)  # of the clocks of the function and the worker
SIGNATURE = "signature"
LONGEST_OUTPUT, LONGEST_REASON = 20_000, 500  # characters


class AnswerState(StrEnum):
    """The states that a worker reports. ALIVE belongs to no order; ENDED, REFUSED and UNKNOWN are final."""

    ALIVE = "alive"
    STARTED = "started"
    ENDED = "ended"
    REFUSED = "refused"  # nothing ran
    UNKNOWN = "unknown"  # the worker was stopped meanwhile: the script may have run


@dataclass(frozen=True, slots=True)
class Order:
    """One run of a script on a worker. All attempts of the run have the same `id`, so the worker runs it once."""

    id: str
    worker: str
    script: str
    parameters: Mapping[str, str]
    run: int
    incident: int
    target: str
    issued: datetime
    expires: datetime

    def as_dict(self) -> dict[str, Any]:
        """The order as JSON, without its signature."""
        return {
            "order": self.id,
            "worker": self.worker,
            "script": self.script,
            "parameters": dict(self.parameters),
            "run": self.run,
            "incident": self.incident,
            "target": self.target,
            "issued": self.issued.isoformat(),
            "expires": self.expires.isoformat(),
        }


def read_order(data: bytes, worker: str, key: Secret) -> Order:
    """The order in a message. Raises InputError unless it is for this worker and signed with its key."""
    try:
        content = json.loads(data)
        check_signature(content, key)
        order = Order(
            id=_string(content, "order", 64),
            worker=_string(content, "worker", 40),
            script=_string(content, "script", 40),
            parameters={str(name): _string(content["parameters"], name, 4_000) for name in content["parameters"]},
            run=int(content["run"]),
            incident=int(content["incident"]),
            target=_string(content, "target", 2_000),
            issued=_time(content["issued"]),
            expires=_time(content["expires"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(texts.NO_ORDER) from error
    if order.worker != worker or not order.id.isalnum():
        raise InputError(texts.OTHER_WORKER(worker=order.worker[:40]))
    return order


def read_answer(content: Mapping[str, Any], key: Secret) -> WorkerAnswer:
    """The reply in a message of a worker.

    Raises InputError unless it is signed with the worker's key, ValueError for an invalid field.
    """
    check_signature(content, key)
    state = AnswerState(content["worker_state"])
    reason = content.get("reason")
    return WorkerAnswer(
        order="" if state is AnswerState.ALIVE else _string(content, "order", 64),
        worker=_string(content, "worker", 40),
        state=state,
        time=_time(content["time"]),
        run=int(content.get("run", 0)),
        exit=int(content["exit"]) if state is AnswerState.ENDED else None,
        output=str(content.get("output", ""))[:LONGEST_OUTPUT],
        milliseconds=int(content.get("milliseconds", 0)),
        timed_out=bool(content.get("timed_out")),
        reason={each: str(reason[each])[:LONGEST_REASON] for each in LANGUAGES} if reason else None,
        scripts=tuple(str(name)[:40] for name in content.get("scripts", ())[:200]),
        machine=str(content.get("machine", ""))[:200],
    )


def signed(content: Mapping[str, Any], key: Secret) -> bytes:
    """The message with its signature added."""
    return json.dumps({**content, SIGNATURE: _signature(content, key)}, ensure_ascii=False).encode()


def check_signature(content: Any, key: Secret) -> None:
    """Raises InputError when a message has no signature of this key."""
    given = content.get(SIGNATURE) if isinstance(content, dict) else None
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), _signature(content, key).encode()):
        raise InputError(texts.SIGNATURE)


def reason_of(text: Text) -> dict[str, str]:
    """A reason in every language, for a message."""
    return {each: text.in_language(each)[:LONGEST_REASON] for each in LANGUAGES}


def _signature(content: Mapping[str, Any], key: Secret) -> str:
    rest = {name: value for name, value in content.items() if name != SIGNATURE}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hmac.new(key.reveal().encode(), canonical.encode(), hashlib.sha256).hexdigest()


def _string(content: Mapping[str, Any], name: str, longest: int) -> str:
    value = content[name]
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(name)
    return value


def _time(text: Any) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time
