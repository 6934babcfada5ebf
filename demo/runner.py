"""One run of the demo, from the set-up to the final check."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from db.engine import make_engine
from demo import scenario, summary
from demo.cards import keep_cards
from demo.entries import HINOMI, PROJECT
from demo.functions import ROOT, FunctionHost, command, environment, short
from demo.history import HistoryCall, collected
from demo.kept_platform import PLATFORM, KeptPlatform
from demo.ninety_days.times import DAYS
from demo.ninety_days.write import write_before, write_history
from demo.observer import ObservedIncident, ObservedRun, Observer, RowCounts
from demo.past import Past
from demo.platform.services import SimulatedServices
from demo.publisher import Publisher
from demo.scenario import SimulatedPlatform
from demo.screen import Health, Mark, Screen
from demo.situations import absent, changes, flapping, inbox, quality, review, storm, webhook
from demo.situations.review import Reviewer
from demo.stage import Stage
from handlers.registry import is_remediation
from shared.model import Mode, RunState, Status

INSTANCES = 2
TARGETS = ["metrics_analysis"] * INSTANCES + ["history_analysis"]
STALL_SECONDS = 120.0
SETTLE_SECONDS = 60.0
REDELIVERIES, FAST_REDELIVERIES = 3, 1
BEAT = 0.1
SWEEP_SECONDS = 0.5
AIRFLOW = "etl"
FAST = 0.5
FAST_DAYS = 8  # of history
WINDOW, FAST_WINDOW = 5, 4  # seconds of a window with at most three cards
TITLE = (
    "A simulated data platform, example-project, fails in thirteen ways, and somebody forges messages. Two real instances of the function metrics_analysis "
    "receive its log entries over HTTP, detect each failure, repair what they may, and notify Teams, a mailbox and a phone."
)
FOLDER = ROOT / ".hinomi" / "demo"


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a run: the folder of databases, cards and logs, and whether pauses and history are short."""

    folder: Path = FOLDER
    fast: bool = False
    dashboard_url: str = ""  # of the dashboard that is served after the run: the cards link to it

    @property
    def window(self) -> int:
        """The seconds of a window with at most three cards."""
        return FAST_WINDOW if self.fast else WINDOW

    @property
    def days(self) -> int:
        """The days of history before the demo."""
        return FAST_DAYS if self.fast else DAYS

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
        """The folder of the cards."""
        return self.folder / "cards"


class Demo:
    """One run; `problems` lists the failures as sentences."""

    def __init__(self, options: Options, screen: Screen) -> None:
        self.options = options
        self.screen = screen
        self.services = SimulatedServices()
        self.observer = Observer(make_engine(options.database))
        self.simulated: SimulatedPlatform | None = None
        self.problems: list[str] = []
        self._digests: set[str] = set()

    def run(self, running: ExitStack) -> KeptPlatform:
        """Runs the whole demo; the processes that it starts run until `running` ends."""
        self.screen.title(TITLE)
        running.callback(self.observer.close)
        self.services.start()
        running.callback(self.services.stop)
        host = FunctionHost(self.options.folder)  # imports while the rest is set up
        running.callback(host.stop)
        env = self._set_up()
        *urls, history_url = host.start(TARGETS, env)
        publisher = Publisher(urls)
        publisher.start()
        running.callback(publisher.stop)
        self.screen.line(
            Mark.SETUP, "Hinomi", f"{INSTANCES} instances of metrics_analysis listen on {' and '.join(urls)}"
        )
        history = self._collect_history(history_url)
        simulated = self._play(publisher, env)
        self._check_history(history)
        self._redeliver(publisher)
        self._check(publisher)
        self._write_ninety_days(history.now)
        self._notify_of_absent(publisher)
        self._keep_messages()
        return KeptPlatform(simulated, env, self._keep_messages)

    def _keep_messages(self) -> None:
        """Writes the cards and e-mails that have arrived so far as files."""
        keep_cards(self.services.cards, self.options.cards)
        inbox.keep_mails(self.services.mailbox.mails, self.options.folder / "mails")

    def _set_up(self) -> dict[str, str]:
        settings = {
            "HINOMI_ERROR_DB_URL": self.options.database,
            "HINOMI_SCHEMA_DB_URL": self.options.history,
            "HINOMI_HISTORY_FIRST_DAYS": "2",
            "HINOMI_PROJECTS": PROJECT,
            "HINOMI_SERVICE_ACCOUNTS": HINOMI,
            "HINOMI_CARD_WINDOW_SECONDS": str(self.options.window),
            "HINOMI_RULES_DIR": str(_copied_rules(self.options.folder / "rules")),
            "HINOMI_ACTIONS_DIR": str(ROOT / "demo" / "actions"),
            "HINOMI_DASHBOARD_URL": self.options.dashboard_url,
        }
        env = environment(settings | self.services.environment(AIRFLOW))
        command(["db", "upgrade"], env)
        self.screen.line(
            Mark.SETUP, "Error DB", f"created by its migrations: {short(self.options.folder / 'error.db')}"
        )
        command(["rules", "compile"], env)
        # The functions run without the map: it would lead to findings about access, which are not part of the demo.
        with_owners = {**env, "HINOMI_PLATFORM_FILE": str(PLATFORM)}
        command(["handlers", "apply", str(Path(__file__).with_name("handlers.yaml"))], with_owners)
        self.screen.line(Mark.SETUP, "Handler rules", "applied from demo/handlers.yaml")
        return env

    def _collect_history(self, url: str) -> HistoryCall:
        now = datetime.now(UTC)
        write_before(self.options.history, self.services, now)
        changes.write_changes(self.options.history, now)
        Past(self.services).fill(now)
        history = HistoryCall(url, now)
        history.start()
        return history

    def _check_history(self, history: HistoryCall) -> None:
        history.wait()
        self.problems += history.problems
        if not history.problems:
            engine = make_engine(self.options.history)
            self.screen.line(Mark.CHECK, "History", collected(engine))
            engine.dispose()

    def _write_ninety_days(self, now: datetime) -> None:
        """Writes the ninety days before the demo, once they can no longer hide what the demo shows."""
        rules = self.options.folder / "rules"
        written = write_history(self.options.history, self.options.database, rules, now, self.options.days)
        text = f"{written.jobs:,} job runs, {written.incidents} incidents, metrics, tables, access"
        self.screen.line(Mark.SETUP, "Databases", f"{self.options.days} days of history: {text}")
        quality.write_results(self.options.history, self.options.database, now)
        self._find_what_is_absent(now)

    def _notify_of_absent(self, publisher: Publisher) -> None:
        """Sweeps until the channel has the cards about the absent jobs and table: with their causes, as far as there are some."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline and not absent.notified(self.services.teams.cards):
            publisher.publish({"tick": "sweep"})
            time.sleep(SWEEP_SECONDS)
        self.problems += absent.card_problems(self.services.teams.cards)

    def _find_what_is_absent(self, now: datetime) -> None:
        """Adds faults without log entries: jobs and a table, which the checks of the history find."""
        events = absent.find(self.options.history, self.options.database, now)
        self.problems += events.problems
        for each in events.incidents:
            self.screen.line(Mark.INCIDENT, f"#{each.id} {each.severity}", each.summary)

    def _play(self, publisher: Publisher, env: Mapping[str, str]) -> SimulatedPlatform:
        scale = FAST if self.options.fast else 1.0
        stage = Stage(publisher.publish, self.screen, scale, waiting=lambda: publisher.waiting)
        self.simulated = simulated = SimulatedPlatform(stage, self.services)
        reviewer = Reviewer(stage, lambda arguments: command(arguments, env))
        scenario.begin(simulated)
        most, deadline = 0, time.monotonic() + STALL_SECONDS
        while time.monotonic() < deadline and not self._is_over(publisher):
            simulated.step()
            reviewer.look(self.observer.runs.values())
            self._show_changes(publisher)
            if self.observer.progress > most:  # a slow machine has as much time as it needs
                most, deadline = self.observer.progress, time.monotonic() + STALL_SECONDS
            time.sleep(BEAT)
        self._settle(publisher)
        return simulated

    def _is_over(self, publisher: Publisher) -> bool:
        incidents = self.observer.incidents.values()
        over = all(scenario.is_over(failure, incidents) for failure in scenario.FAILURES)
        over = over and review.is_over(self.observer.runs.values())
        return over and self.observer.quiet and publisher.waiting == 0

    def _settle(self, publisher: Publisher) -> None:
        """Waits until every message is answered and every run has ended; a sweep sends deferred cards.

        A slow machine has as much time as it needs: the wait ends SETTLE_SECONDS after the last progress.
        """
        fewest, deadline, next_sweep = publisher.waiting, time.monotonic() + SETTLE_SECONDS, time.monotonic()
        while time.monotonic() < deadline and not (publisher.waiting == 0 and self.observer.quiet):
            if publisher.waiting < fewest:
                fewest, deadline = publisher.waiting, time.monotonic() + SETTLE_SECONDS
            if publisher.waiting == 0 and time.monotonic() >= next_sweep:
                publisher.publish({"tick": "sweep"})
                next_sweep = time.monotonic() + SWEEP_SECONDS
            self._show_changes(publisher)
            time.sleep(BEAT)

    def _redeliver(self, publisher: Publisher) -> None:
        before = self._counts()
        times = FAST_REDELIVERIES if self.options.fast else REDELIVERIES
        number = publisher.redeliver(times)
        often = "once more" if times == 1 else f"{times} more times"
        self.screen.line(Mark.CHECK, "Pub/Sub", f"delivers {number // times} messages {often}, in random order")
        self._settle(publisher)
        after = self._counts()
        same = "redelivery added nothing" if before == after else f"before {before}, after {after}"
        self.screen.line(Mark.CHECK, "Counts", f"{after[0].incidents} incidents, {after[1]} messages: {same}")
        if before != after:
            self.problems.append(f"redelivery had an effect: before {before}, after {after}")

    def _counts(self) -> tuple[RowCounts, int]:
        return self.observer.totals(), self.services.delivered

    def _check(self, publisher: Publisher) -> None:
        runs = self.observer.runs.values()
        repairs: dict[int, set[str]] = {}
        for run in runs:
            if run.state == RunState.DONE and run.mode != Mode.DRY_RUN and is_remediation(run.action):
                repairs.setdefault(run.incident_id, set()).add(run.handler_rule)
        self.problems += scenario.problems(self.observer.incidents.values(), repairs)
        self.problems += [f"#{run.incident_id} {run.handler_rule} failed: {run.text}" for run in runs if _failed(run)]
        channels = self.services.teams, self.services.security
        self.problems += [f"Teams rejected a card: {'; '.join(reasons)}" for one in channels for reasons in one.refused]
        self.problems += changes.problems(self.services.cards, self.options.database, self.options.history)
        self.problems += flapping.problems(self.services.teams.cards, runs)
        self.problems += storm.problems(self.services.teams.cards, self.services.teams.times, self.options.window)
        self.problems += inbox.problems(self.services.mailbox.mails, self.services.phone.messages)
        self.problems += webhook.problems(self.services.security.cards, self.services.teams.cards)
        if publisher.lost or publisher.waiting:
            self.problems.append(f"{len(publisher.lost) + publisher.waiting} messages were not acknowledged")
        if self.simulated is None:
            return
        self.problems += review.problems(self.simulated.dataset, runs)
        rejected, forged = self.observer.totals().rejected, self.simulated.forger.rejected
        if rejected != forged:
            self.problems.append(f"{rejected} messages were rejected, {forged} were forged: see rejected_messages")

    def _show_changes(self, publisher: Publisher) -> None:
        for change in self.observer.changes():
            self._show(change)
        numbers = self.screen.numbers
        incidents = self.observer.incidents.values()
        numbers.messages = len(publisher.history)
        numbers.redelivered = sum(publisher.answers.values()) - len(publisher.history)
        numbers.incidents = len(incidents)
        numbers.resolved = sum(seen.status == Status.RESOLVED for seen in incidents)
        numbers.cards = len(self.services.cards)
        self.screen.refresh()

    def _show(self, change: ObservedIncident | ObservedRun) -> None:
        if self._is_abridged(change):
            return
        if isinstance(change, ObservedRun):
            self._show_run(change)
        elif change.status == Status.RESOLVED and change.id in self.observer.announced:
            self.screen.line(Mark.RESOLVED, f"#{change.id} after {summary.open_for(change)}", change.resolution)
        else:
            self.observer.announced.add(change.id)
            self._mark_for_people(change)
            self.screen.line(Mark.INCIDENT, f"#{change.id} {change.severity}", change.summary)

    def _is_abridged(self, change: ObservedIncident | ObservedRun) -> bool:
        """Whether the change is one of many similar ones: of the storm, or of another notification in its digest."""
        number = change.incident_id if isinstance(change, ObservedRun) else change.id
        shown = {seen.id for seen in storm.abridged(self.observer.incidents.values())}
        if isinstance(change, ObservedRun) and change.text.startswith("digest"):
            is_known = change.text in self._digests
            self._digests.add(change.text)
            return is_known
        return number not in shown

    def _mark_for_people(self, seen: ObservedIncident) -> None:
        for failure in scenario.FAILURES:
            if failure.claims(seen) and not failure.resolves:
                self.screen.health(failure.part, Health.OPEN, f"incident #{seen.id} waits for a person")

    def _show_run(self, run: ObservedRun) -> None:
        incident = f"#{run.incident_id}"
        if run.state == RunState.FAILED:
            self.screen.line(Mark.PROBLEM, incident, f"{run.handler_rule}: {run.text}")
        elif run.state == RunState.DONE and is_remediation(run.action):
            self.screen.line(Mark.REPAIR, incident, f"{run.handler_rule}: {run.text}")
        elif run.state == RunState.DONE:
            self.screen.line(Mark.CARD, f"{incident} {run.trigger}", run.text)


def _failed(run: ObservedRun) -> bool:
    """Whether a run failed or has not ended."""
    return run.state == RunState.FAILED or not run.settled


def fresh(folder: Path) -> None:
    """Creates the folder, and deletes the files of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("cards", "mails"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for pattern in ("error.db*", "schema.db*", "function-*.log"):
        for file in folder.glob(pattern):
            file.unlink()


def _copied_rules(folder: Path) -> Path:
    """A copy of the rules in a folder, with dbt as a reporter, in which the compiled ones are written; returns the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "rules", folder)
    (folder / "reporters.yaml").write_text(quality.DECLARATION, encoding="utf-8")
    return folder
