"""Handler rules in their order, with their versions: enable, disable, edit after a simulation, restore."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import flask

from dashboard import rendering
from dashboard.page import Page
from dashboard.page_request import PageRequest
from dashboard.security.roles import UserRole
from shared.errors import InputError
from shared.texts import Text, joined
from shared.texts.cli import handler_changes as change_texts
from shared.texts.dashboard import handlers as texts
from shared.texts.handler_rules import simulation as simulation_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from handlers.versions.apply import StoredRuleSet
    from shared.records import RuleVersion, StoredRule

    StoredRules = tuple[Sequence[StoredRule], Mapping[str, Any]]  # with the shared blocks

MOST_VERSIONS = 30
MOST_ID = 2**31 - 1

PAGE = Page("handler_rules", texts.RULES, within="handlers")


@PAGE.get("/handlers/rules", "handler_rules.html")
def show_list(request: PageRequest) -> dict[str, Any]:
    """The rules in the order in which they are evaluated, and who changed them when."""
    from datetime import timedelta

    from db.error_db import handler_rules
    from db.error_db.runs import breakers, past
    from handlers.remediations.limits import limits_of
    from handlers.silences.matcher import matcher_text
    from handlers.spec import specs
    from handlers.versions.changes import compare, note_of

    since = request.now - timedelta(days=30)
    with request.error_db() as session:
        rules = specs(handler_rules.applied(session))
        counts = {rule.name: past.count_since(session, rule.name, since) for rule in rules}
        stopped = {each.handler_rule: each for each in breakers.opened(session)}
        versions = handler_rules.versions(session, limit=MOST_VERSIONS + 1)
    rows = [
        {
            "rule": rule,
            "match": matcher_text(rule.match.as_dict()),
            "count": counts[rule.name],
            "limits": joined(limits_of(rule)),
            "stopped": stopped.get(rule.name),
        }
        for rule in rules
    ]
    earlier: Sequence[RuleVersion | None] = [*versions[1:], None]
    history = [(new, compare(old.rules if old else (), new.rules)) for new, old in zip(versions, earlier, strict=False)]
    return {
        "t": texts, "tab": "rules", "rows": rows, "history": history[:MOST_VERSIONS], "sources": change_texts.SOURCES, "note_of": note_of,
        "changed": change_texts.CHANGED,
    }  # fmt: skip


@PAGE.post("/handlers/rules/<name>/enable", role=UserRole.ADMIN)
def enable(request: PageRequest, name: str) -> Any:
    """Enables a rule."""
    from handlers.versions import edits

    return _changed(request, lambda rules: edits.switched(rules, [name], on=True))


@PAGE.post("/handlers/rules/<name>/disable", role=UserRole.ADMIN)
def disable(request: PageRequest, name: str) -> Any:
    """Disables a rule; applying a file does not enable it again."""
    from handlers.versions import edits

    return _changed(request, lambda rules: edits.switched(rules, [name], on=False))


@PAGE.get("/handlers/rules/<name>/edit", "handler_edit.html", role=UserRole.ADMIN)
def show_edit(request: PageRequest, name: str) -> dict[str, Any]:
    """The rule as YAML, to change it."""
    from db.error_db import handler_rules
    from handlers.editing.written import rule_text
    from handlers.versions import edits
    from handlers.versions.apply import defaults_of

    with request.error_db() as session:
        rule = edits.find(handler_rules.states(session), name)
        text = rule_text(replace(rule, enabled=True), defaults_of(session))
    return _edit(name, text, text)


@PAGE.post("/handlers/rules/<name>/edit", role=UserRole.ADMIN)
def save_edit(request: PageRequest, name: str) -> Any:
    """Shows which decisions the change would alter; saves the change after the person confirms it."""
    from db.error_db import handler_rules
    from handlers.editing.checked import checked_spec
    from handlers.editing.written import rule_text
    from handlers.versions import chains, edits
    from handlers.versions.apply import defaults_of

    text, base = _texts(request)
    with request.error_db() as session:
        defaults, stored = defaults_of(session), handler_rules.states(session)
        old = edits.find(stored, name)
        if rule_text(replace(old, enabled=True), defaults) != base:
            return _page(request, _edit(name, text, base, problem=texts.CHANGED_MEANWHILE))
        try:
            new = replace(old, spec=checked_spec(text, name, defaults, request.settings))
            chains.check_change(stored, edits.changed(stored, old, new))
        except InputError as error:
            return _page(request, _edit(name, text, base, problem=error.full_text))
        if request.form.get("saved") == _digest(text):
            return _changed(request, lambda rules: edits.changed(rules, old, new), _note(request))
        before, after = (
            edits.changed(stored, old, replace(each, enabled=True)) for each in (old, new)
        )  # also one that is disabled shows what it would do
        return _simulated(request, session, _edit(name, text, base), (before, defaults), (after, defaults))


@PAGE.get("/handlers/edit", "handler_edit.html", role=UserRole.ADMIN)
def show_edit_all(request: PageRequest) -> dict[str, Any]:
    """All rules, owners, rotations and defaults as an editable text."""
    from db.error_db import handler_rules
    from handlers.editing.written import file_text
    from handlers.versions.apply import defaults_of

    with request.error_db() as session:
        text = file_text(handler_rules.states(session), defaults_of(session))
    return _edit("", text, text)


@PAGE.post("/handlers/edit", role=UserRole.ADMIN)
def save_edit_all(request: PageRequest) -> Any:
    """The same as `save_edit`, for all rules."""
    from db.error_db import handler_rules
    from handlers.editing.checked import checked_file
    from handlers.editing.written import file_text
    from handlers.versions.apply import StoredRuleSet, rule_set, with_states

    text, base = _texts(request)
    with request.error_db() as session:
        seen, stored = rule_set(session), handler_rules.states(session)
        if file_text(stored, seen.defaults) != base:
            return _page(request, _edit("", text, base, problem=texts.CHANGED_MEANWHILE))
        try:
            file = checked_file(text, seen, request.settings)
        except InputError as error:
            return _page(request, _edit("", text, base, problem=error.full_text))
        new = StoredRuleSet({rule.name: rule.as_dict() for rule in file.rules}, file.defaults)
        if request.form.get("saved") == _digest(text):
            return _saved_all(request, seen, new)
        after = with_states(new.specs, stored)
        return _simulated(request, session, _edit("", text, base), (stored, seen.defaults), (after, new.defaults))


def _saved_all(request: PageRequest, seen: StoredRuleSet, new: StoredRuleSet) -> Any:
    from db.error_db.handler_rules import DASHBOARD, Author
    from handlers.versions.apply import change_all

    with request.change() as transaction:
        author = Author(request.user.name, DASHBOARD, _note(request))
        _, number = change_all(transaction.session, seen, new, author, request.now)
    request.notify(_saved(number))
    return request.redirect("handler_rules.show_list")


def _simulated(
    request: PageRequest, session: Any, edit: dict[str, Any], before: StoredRules, after: StoredRules
) -> str:
    """The page with the differing lines, and the decisions that the change would have altered."""
    from handlers.editing.checked import text_lines
    from handlers.editing.simulation import simulate, version_set

    old, new = version_set(*before), version_set(*after)
    lines, days = text_lines(edit["base"], edit["text"]), _days(request)
    simulation = simulate(session, old, new, request.now, days=days)
    return _page(request, {**edit, "lines": lines, "simulation": simulation, "days": days})


def _days(request: PageRequest) -> int:
    """The number of days in the form; the default for any other value."""
    from handlers.editing.simulation import DAYS, MOST_DAYS

    given = request.form.get("days", "")
    return min(max(1, int(given)), MOST_DAYS) if given.isascii() and given.isdigit() and len(given) < 9 else DAYS


@PAGE.get("/handlers/versions/<int:number>", "handler_version.html")
def show_version(request: PageRequest, number: int) -> dict[str, Any]:
    """The changes of a version, and the changes that restoring it would make."""
    from db.error_db import handler_rules
    from handlers.editing.checked import changes_lines, shared_lines
    from handlers.versions.apply import defaults_of
    from handlers.versions.changes import compare, note_of

    with request.error_db() as session:
        version = _version(session, number)
        before = handler_rules.version(session, number - 1) if number > 1 else None
        current = handler_rules.states(session)
        shared = defaults_of(session)
    changes, back = compare(before.rules if before else (), version.rules), compare(current, version.rules)
    return {
        "t": texts, "tab": "rules", "version": version, "changes": changes, "back": back,
        "lines": changes_lines(changes, version.defaults), "back_lines": changes_lines(back, version.defaults),
        "shared": shared_lines(before.defaults if before else {}, version.defaults),
        "back_shared": shared_lines(shared, version.defaults),
        "sources": change_texts.SOURCES, "changed": change_texts.CHANGED, "note_of": note_of,
    }  # fmt: skip


@PAGE.post("/handlers/versions/<int:number>/restore", role=UserRole.ADMIN)
def restore(request: PageRequest, number: int) -> Any:
    """Restores the rules of a version as a new version."""
    from db.error_db.handler_rules import DASHBOARD, Author
    from handlers.versions.apply import roll_back

    note = change_texts.TO_VERSION(number=number).en
    with request.change() as transaction:
        author = Author(request.user.name, DASHBOARD, note)
        _, made = roll_back(transaction.session, _version(transaction.session, number), author, request.now)
    request.notify(_saved(made))
    return request.redirect("handler_rules.show_list")


def _changed(
    request: PageRequest, edit: Callable[[tuple[StoredRule, ...]], Sequence[StoredRule]], note: str = ""
) -> Any:
    """Applies the change of a person, and returns to the list."""
    from db.error_db.handler_rules import DASHBOARD, Author
    from handlers.versions.apply import change_rules

    with request.change() as transaction:
        author = Author(request.user.name, DASHBOARD, note)
        _, number = change_rules(transaction.session, edit, author, request.now)
    request.notify(_saved(number))
    return request.redirect("handler_rules.show_list")


def _saved(number: int | None) -> Text:
    return change_texts.NOTHING_CHANGED if number is None else change_texts.NEW_VERSION(number=number)


def _texts(request: PageRequest) -> tuple[str, str]:
    """The edited text, and the stored text that it is based on."""
    text, base = (request.form.get(field, "").replace("\r\n", "\n") for field in ("text", "base"))
    return text, base


def _note(request: PageRequest) -> str:
    return request.form.get("note", "").strip()[:500]


def _edit(name: str, text: str, base: str, **more: Any) -> dict[str, Any]:
    """The page that edits a rule; without a name, all rules."""
    from handlers.editing.simulation import DAYS, MOST_DAYS

    empty = {"lines": None, "simulation": None, "problem": None, "days": DAYS, "most_days": MOST_DAYS}
    return {
        "t": texts,
        "s": simulation_texts,
        "tab": "rules",
        "name": name,
        "text": text,
        "base": base,
        "digest": _digest(text),
        **empty,
        **more,
    }


def _page(request: PageRequest, context: dict[str, Any]) -> str:
    return rendering.page(request, PAGE, "handler_edit.html", context)


def _digest(text: str) -> str:
    """A digest of the text whose simulation a person saw: a different text is simulated before it is saved."""
    from hashlib import sha256

    return sha256(text.encode()).hexdigest()


def _version(session: Any, number: int) -> RuleVersion:
    from db.error_db import handler_rules

    found = handler_rules.version(session, number) if number <= MOST_ID else None
    if found is None:
        flask.abort(404)
    return found
