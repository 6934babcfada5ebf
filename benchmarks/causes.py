"""Causes of incidents: how often the first choice is right, and how often nothing is named where nothing is the cause.

    .venv/bin/python -m benchmarks.causes [--worlds N] [--faults N] [--seed N] [--show]

Simulates platforms with two weeks of history in a Schema DB, and injects faults with a cause of each of eighteen kinds
and as many without, each with two to six other changes at the same time. The numbers of the ranking were chosen with the
seeds 1 to 8; measure with others.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from benchmarks.bars import Bars
from benchmarks.cause_faults.connectors import connector_changed
from benchmarks.cause_faults.faults import CAUSES, InjectedFault, Injector, without_cause
from benchmarks.cause_faults.platform import DAY, END, PROJECT, PlatformHistory
from benchmarks.cause_faults.unrelated import unrelated
from db.engine import make_engine
from db.schema_db.downsample import downsample
from db.schema_db.models import JobRun, Snapshot
from db.schema_db.models.base import SchemaBase
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from insights.causes import changes
from insights.causes.model import CauseReport
from insights.causes.sentences import line

FIRST_MEASURED = 101
LEAST_RIGHT, LEAST_SILENT = 80, 80


def main() -> None:
    """Prints a table of kinds, and compares the sums with the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--faults", type=int, default=4, help="faults of each kind in each platform")
    parser.add_argument("--seed", type=int, default=FIRST_MEASURED)
    parser.add_argument("--show", action="store_true", help="print each wrong answer")
    options = parser.parse_args()
    made, right, named = Counter[str](), Counter[str](), Counter[str]()
    for seed in range(options.seed, options.seed + options.worlds):
        for fault, found in answers(seed, options.faults):
            made[fault.kind] += 1
            is_right = _is_right(fault, found)
            right[fault.kind] += is_right
            named[fault.kind] += bool(found.causes)
            if options.show and not is_right:
                _show(fault, found)
    _print(made, right, named)


def answers(seed: int, faults: int) -> Iterator[tuple[InjectedFault, CauseReport]]:
    """The faults of a platform, `faults` of each kind and the same number without a cause, each with the answer."""
    rng = random.Random(seed)  # noqa: S311
    platform = PlatformHistory(rng)
    injector = Injector(platform, rng)
    makers = [make for make in (*CAUSES, connector_changed) for _ in range(faults)]
    makers += [without_cause] * len(makers)
    with history(platform) as session:
        for make in makers:
            fault = make(injector)
            fault.rows += unrelated(injector, fault)
            part = session.begin_nested()
            _inject(session, fault)
            yield fault, changes.before(session, fault.incident, redact=())
            part.rollback()


@contextmanager
def history(platform: PlatformHistory) -> Iterator[Session]:
    """A Schema DB with the history of a platform, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'schema.db'}")
        SchemaBase.metadata.create_all(engine)
        store = SchemaStore(engine)
        with store.transaction() as session:
            session.add(
                Snapshot(
                    id=1, collector="bigquery.jobs", scope=f"projects/{PROJECT}", slot=END, state="done", window_end=END,
                    started_at=END, taken_at=END, finished_at=END,
                )
            )  # fmt: skip
            session.flush()
            write(session, 1, list(platform.history()))
        list(downsample(store, END + DAY))
        with Session(engine) as session:
            yield session
        engine.dispose()


def _inject(session: Session, fault: InjectedFault) -> None:
    """Removes rows that the fault prevented or that come after it, and adds the rows of the fault."""
    session.execute(delete(JobRun).where(JobRun.start_at > fault.incident.opened_at))
    for name, since in fault.removed:
        session.execute(delete(JobRun).where(JobRun.job_name == name, JobRun.start_at >= since))
    write(session, 1, fault.rows)
    session.flush()


def _is_right(fault: InjectedFault, found: CauseReport) -> bool:
    if fault.expected is None:
        return not found.causes
    if not found.causes:
        return False
    kinds, word = fault.expected
    first = found.causes[0]
    texts = (line(first).en, *first.what.values.values())  # the sentence has a resource in words
    return first.kind in kinds and any(word in each for each in texts)


def _show(fault: InjectedFault, found: CauseReport) -> None:
    print(
        f"\n{fault.kind}: {fault.incident.rule} {fault.incident.resource} {fault.incident.error} at {fault.incident.opened_at}"
    )
    print(f"   wanted {fault.expected}")
    for cause in found.causes[:3]:
        print(f"   + {cause.score} {line(cause).en}")
    for each in found.ruled_out[:4]:
        print(f"   - {each.cause.score} {line(each.cause).en}: {each.why.text.en}")


def _print(made: Counter[str], right: Counter[str], named: Counter[str]) -> None:
    print(f"{'kind':20} faults  named  first choice right")
    for kind in sorted(made):
        print(f"{kind:20} {made[kind]:6} {named[kind]:6} {right[kind]:6}  {100 * right[kind] / made[kind]:.0f} %")
    of_cause = [kind for kind in made if kind != "no cause"]
    with_cause = sum(made[kind] for kind in of_cause)
    bars = Bars()
    wrong = 100 * (1 - sum(right[kind] for kind in of_cause) / with_cause)
    bars.at_most(100 - LEAST_RIGHT, f"first choice wrong of {with_cause} faults with a cause, %", round(wrong, 1))
    loud = 100 * named["no cause"] / made["no cause"]
    bars.at_most(100 - LEAST_SILENT, f"a cause named of {made['no cause']} faults without one, %", round(loud, 1))
    bars.end()


if __name__ == "__main__":
    main()
