"""One run of the demo, from the set-up to the last check."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from db.engine import make_engine
from demo import scenario, summary
from demo.cards import keep_cards
from demo.entries import HINOMI, PROJECT
from demo.functions import ROOT, command, environment, functions, short
from demo.history import History, remembered
from demo.observer import Observer, Run, Seen, Totals
from demo.past import Past
from demo.platform.services import Platform
from demo.publisher import Publisher
from demo.scenario import World
from demo.screen import Health, Mark, Screen
from demo.stage import Stage
from handlers.registry import is_remediation
from shared.model import Mode, RunState, Status

INSTANCES = 2
TARGETS = ["metrics_analysis"] * INSTANCES + ["history_analysis"]
DEADLINE = 75.0
SETTLE_SECONDS = 20.0
REDELIVERIES = 3
BEAT = 0.1
AIRFLOW = "etl"
FAST = 0.5
TITLE = [
    "A simulated data platform, example-project, works, breaks and gets well again. Two real instances of the function",
    "metrics_analysis get its log entries over HTTP, find what broke, repair what they may, and tell a Teams channel.",
]
FOLDER = ROOT / ".hinomi" / "demo"


@dataclass(frozen=True, slots=True)
class Options:
    """How to run it: where everything is kept, and whether pauses are short."""

    folder: Path = FOLDER
    fast: bool = False

    @property
    def database(self) -> str:
        """The URL of the Error DB."""
        return f"sqlite:///{self.folder / 'error.db'}"

    @property
    def history(self) -> str:
        """The URL of the Schema DB."""
        return f"sqlite:///{self.folder / 'schema.db'}"

    @property
    def cards(self) -> Path:
        """Where the cards are kept."""
        return self.folder / "cards"


class Demo:
    """The run itself; `problems` says what went wrong, in words for a person."""

    def __init__(self, options: Options, screen: Screen) -> None:
        self.options = options
        self.screen = screen
        self.platform = Platform()
        self.observer = Observer(make_engine(options.database))
        self.problems: list[str] = []

    def run(self) -> None:
        """Everything, and everything ended again whatever happens."""
        self.screen.title(TITLE)
        with ExitStack() as running:
            running.callback(self.observer.engine.dispose)
            self.platform.start()
            running.callback(self.platform.stop)
            env = self._set_up()
            *urls, history_url = running.enter_context(functions(TARGETS, env, self.options.folder))
            publisher = Publisher(urls)
            publisher.start()
            running.callback(publisher.stop)
            self.screen.line(
                Mark.SETUP, "Hinomi", f"{INSTANCES} instances of metrics_analysis listen on {' and '.join(urls)}"
            )
            history = self._remember(history_url)
            self._play(publisher)
            self._remembered(history)
            self._redeliver(publisher)
            self._check(publisher)
        keep_cards(self.platform.teams.cards, self.options.cards)

    def _set_up(self) -> dict[str, str]:
        settings = {
            "HINOMI_ERROR_DB_URL": self.options.database,
            "HINOMI_SCHEMA_DB_URL": self.options.history,
            "HINOMI_HISTORY_FIRST_DAYS": "2",
            "HINOMI_PROJECTS": PROJECT,
            "HINOMI_SERVICE_ACCOUNTS": HINOMI,
        }
        env = environment(settings | self.platform.environment(AIRFLOW))
        command(["db", "upgrade"], env)
        self.screen.line(Mark.SETUP, "Error DB", f"made by its migrations: {short(self.options.folder / 'error.db')}")
        command(["handlers", "apply", str(Path(__file__).with_name("handlers.yaml"))], env)
        self.screen.line(Mark.SETUP, "Handler rules", "applied: demo/handlers.yaml")
        return env

    def _remember(self, url: str) -> History:
        now = datetime.now(UTC)
        Past(self.platform).fill(now)
        history = History(url, now)
        history.start()
        return history

    def _remembered(self, history: History) -> None:
        history.wait()
        self.problems += history.problems
        if not history.problems:
            engine = make_engine(self.options.history)
            self.screen.line(Mark.CHECK, "History", remembered(engine))
            engine.dispose()

    def _play(self, publisher: Publisher) -> None:
        stage = Stage(publisher.publish, self.screen, FAST if self.options.fast else 1.0)
        world = World(stage, self.platform)
        scenario.begin(world)
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline and not self._is_over(publisher):
            world.step()
            self._look(publisher)
            time.sleep(BEAT)
        self._settle(publisher)

    def _is_over(self, publisher: Publisher) -> bool:
        incidents = self.observer.incidents.values()
        over = all(scenario.is_over(fault, incidents) for fault in scenario.FAULTS)
        return over and self.observer.quiet and publisher.waiting == 0

    def _settle(self, publisher: Publisher) -> None:
        """Waits until nothing is on its way; a sweep sends what still waits for its turn."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline and not (publisher.waiting == 0 and self.observer.quiet):
            if publisher.waiting == 0:
                publisher.publish({"tick": "sweep"})
            self._look(publisher)
            time.sleep(BEAT)

    def _redeliver(self, publisher: Publisher) -> None:
        before = self._counts()
        number = publisher.redeliver(REDELIVERIES)
        self.screen.line(
            Mark.CHECK,
            "Pub/Sub",
            f"delivers all {number // REDELIVERIES} messages {REDELIVERIES} times more, in random order",
        )
        self._settle(publisher)
        after = self._counts()
        same = "nothing was added" if before == after else f"before {before}, after {after}"
        self.screen.line(Mark.CHECK, "Counts", f"{after[0].incidents} incidents, {after[1]} cards: {same}")
        if before != after:
            self.problems.append(f"a second delivery had an effect: before {before}, after {after}")

    def _counts(self) -> tuple[Totals, int]:
        return self.observer.totals(), len(self.platform.teams.cards)

    def _check(self, publisher: Publisher) -> None:
        runs = self.observer.runs.values()
        repairs: dict[int, set[str]] = {}
        for run in runs:
            if run.state == RunState.DONE and run.mode == Mode.AUTO and is_remediation(run.action):
                repairs.setdefault(run.incident_id, set()).add(run.handler_rule)
        self.problems += scenario.problems(self.observer.incidents.values(), repairs)
        self.problems += [f"#{run.incident_id} {run.handler_rule} failed: {run.text}" for run in runs if _failed(run)]
        self.problems += [f"a card was refused: {'; '.join(reasons)}" for reasons in self.platform.teams.refused]
        if publisher.lost or publisher.waiting:
            self.problems.append(f"{len(publisher.lost) + publisher.waiting} messages were not acknowledged")
        if rejected := self.observer.totals().rejected:
            self.problems.append(f"{rejected} messages were not understood: see rejected_messages")

    def _look(self, publisher: Publisher) -> None:
        for news in self.observer.look():
            self._tell(news)
        numbers = self.screen.numbers
        incidents = self.observer.incidents.values()
        numbers.messages, numbers.again = (
            len(publisher.history),
            sum(publisher.answers.values()) - len(publisher.history),
        )
        numbers.incidents = len(incidents)
        numbers.resolved = sum(seen.status == Status.RESOLVED for seen in incidents)
        numbers.cards = len(self.platform.teams.cards)
        self.screen.refresh()

    def _tell(self, news: Seen | Run) -> None:
        if isinstance(news, Run):
            self._tell_run(news)
        elif news.status == Status.RESOLVED and news.id in self.observer.told:
            self.screen.line(Mark.RESOLVED, f"#{news.id}", f"after {summary.took(news)}: {news.resolution}")
        else:
            self.observer.told.add(news.id)
            self._wait_for_people(news)
            self.screen.line(Mark.INCIDENT, f"#{news.id} {news.severity}", news.summary)

    def _wait_for_people(self, seen: Seen) -> None:
        for fault in scenario.FAULTS:
            if fault.claims(seen) and not fault.resolves:
                self.screen.health(fault.part, Health.OPEN, f"#{seen.id}: a person has to look at it")

    def _tell_run(self, run: Run) -> None:
        incident = f"#{run.incident_id}"
        if run.state == RunState.FAILED:
            self.screen.line(Mark.PROBLEM, incident, f"{run.handler_rule}: {run.text}")
        elif run.state == RunState.DONE and is_remediation(run.action):
            self.screen.line(Mark.REPAIR, incident, f"{run.handler_rule}: {run.text}")
        elif run.state == RunState.DONE:
            self.screen.line(Mark.CARD, incident, f"{run.trigger}: {run.text}")


def _failed(run: Run) -> bool:
    """Whether an action did not come to its end."""
    return run.state == RunState.FAILED or not run.settled


def fresh(folder: Path) -> None:
    """Makes the folder ready: only what an earlier run of the demo made there is thrown away."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "cards", ignore_errors=True)
    for pattern in ("error.db*", "schema.db*", "function-*.log"):
        for file in folder.glob(pattern):
            file.unlink()
