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
from shared.texts import Text
from shared.texts.cli import handler_changes as change_texts
from shared.texts.dashboard import handlers as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from handlers.versions.changes import RuleChange
    from shared.records import RuleVersion, StoredRule

MOST_VERSIONS = 30
MOST_ID = 2**31 - 1

PAGE = Page("handler_rules", texts.RULES, within="handlers")


@PAGE.get("/handlers/rules", "handler_rules.html")
def show_list(request: PageRequest) -> dict[str, Any]:
    """The rules in the order in which they are evaluated, and who changed them when."""
    from datetime import timedelta

    from db.error_db import handler_rules
    from db.error_db.runs import breakers, past
    from handlers.plan import specs
    from handlers.silences.matcher import matcher_text
    from handlers.versions.changes import compare

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
            "stopped": stopped.get(rule.name),
        }
        for rule in rules
    ]
    earlier: Sequence[RuleVersion | None] = [*versions[1:], None]
    history = [(new, compare(old.rules if old else (), new.rules)) for new, old in zip(versions, earlier, strict=False)]
    return {
        "t": texts, "tab": "rules", "rows": rows, "history": history[:MOST_VERSIONS], "sources": change_texts.SOURCES,
        "changed": change_texts.CHANGED, "has_editor": has_editor(),
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
    from handlers.versions import edits
    from handlers.versions.apply import defaults_of

    _need_editor(name)
    from handlers.editing.written import rule_text

    with request.error_db() as session:
        rule = edits.find(handler_rules.states(session), name)
        text = rule_text(replace(rule, enabled=True), defaults_of(session))
    return _edit(name, text, text)


@PAGE.post("/handlers/rules/<name>/edit", role=UserRole.ADMIN)
def save_edit(request: PageRequest, name: str) -> Any:
    """Shows what the change would have decided differently; saves it when the person saw that and says so."""
    from db.error_db import handler_rules
    from handlers.spec import HandlerSpec
    from handlers.versions import edits
    from handlers.versions.apply import defaults_of

    _need_editor(name)
    from handlers.editing.checked import checked_spec, differing_lines, simulate
    from handlers.editing.written import rule_text

    text, base = (request.form.get(field, "").replace("\r\n", "\n") for field in ("text", "base"))
    with request.error_db() as session:
        defaults = defaults_of(session)
        old = edits.find(handler_rules.states(session), name)
        if rule_text(replace(old, enabled=True), defaults) != base:
            raise InputError(change_texts.CHANGED_MEANWHILE(name=name))
        try:
            new = replace(old, spec=checked_spec(text, name, defaults, request.settings))
        except InputError as error:
            return _page(request, _edit(name, text, base, problem=error.full_text))
        if request.form.get("saved") == _digest(text):
            note = request.form.get("note", "").strip()[:500]
            return _changed(request, lambda rules: edits.changed(rules, old, new), note)
        before, after = (HandlerSpec.from_dict(name, each.spec) for each in (old, new))
        simulation = simulate(session, before, after, request.now)
        lines = differing_lines(replace(old, enabled=True), replace(new, enabled=True), defaults)
    return _page(request, _edit(name, text, base, lines=lines, simulation=simulation))


@PAGE.get("/handlers/versions/<int:number>", "handler_version.html")
def show_version(request: PageRequest, number: int) -> dict[str, Any]:
    """What a version changed, and what restoring it would change."""
    from db.error_db import handler_rules
    from handlers.versions.changes import compare

    with request.error_db() as session:
        version = _version(session, number)
        before = handler_rules.version(session, number - 1) if number > 1 else None
        current = handler_rules.states(session)
    changes, back = compare(before.rules if before else (), version.rules), compare(current, version.rules)
    return {
        "t": texts, "tab": "rules", "version": version, "changes": changes, "back": back,
        "lines": _lines(changes, version), "back_lines": _lines(back, version),
        "sources": change_texts.SOURCES, "changed": change_texts.CHANGED,
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


def has_editor() -> bool:
    """Whether rules can be read and written as YAML here: the packages for that are not deployed to functions."""
    from importlib.util import find_spec

    return find_spec("handlers.editing") is not None and find_spec("yaml") is not None


def _need_editor(name: str) -> None:
    """Raises InputError with the command that edits the rule, where this installation cannot."""
    if not has_editor():
        raise InputError(texts.EDIT_ELSEWHERE(name=name))


def _lines(changes: Sequence[RuleChange], version: RuleVersion) -> Mapping[str, list[str]]:
    """The lines that differ by rule; none for each where rules cannot be written as YAML."""
    if not has_editor():
        return {change.name: [] for change in changes}
    from handlers.editing.checked import changes_lines

    return changes_lines(changes, version.defaults)


def _changed(
    request: PageRequest, edit: Callable[[tuple[StoredRule, ...]], Sequence[StoredRule]], note: str = ""
) -> Any:
    """Changes the rules as the person asked, and returns to the list."""
    from db.error_db.handler_rules import DASHBOARD, Author
    from handlers.versions.apply import change_rules

    with request.change() as transaction:
        author = Author(request.user.name, DASHBOARD, note)
        _, number = change_rules(transaction.session, edit, author, request.now)
    request.notify(_saved(number))
    return request.redirect("handler_rules.show_list")


def _saved(number: int | None) -> Text:
    return change_texts.NOTHING_CHANGED if number is None else change_texts.NEW_VERSION(number=number)


def _edit(name: str, text: str, base: str, **more: Any) -> dict[str, Any]:
    empty = {"lines": None, "simulation": None, "problem": None}
    return {
        "t": texts,
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
    """Identifies the text whose simulation a person saw: another text is simulated before it is saved."""
    from hashlib import sha256

    return sha256(text.encode()).hexdigest()


def _version(session: Any, number: int) -> RuleVersion:
    from db.error_db import handler_rules

    found = handler_rules.version(session, number) if number <= MOST_ID else None
    if found is None:
        flask.abort(404)
    return found
