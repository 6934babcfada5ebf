"""`hinomi owners`: who is responsible for which resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import command_group
from cli.language import echo, localize
from cli.views import output
from shared import config
from shared.errors import InputError
from shared.model import Severity
from shared.records import IncidentView
from shared.texts import Text, as_text, joined
from shared.texts import owners as texts
from shared.texts.cli import handlers
from shared.texts.cli.incidents import UNKNOWN

if TYPE_CHECKING:
    from handlers.owners.table import OwnerEntry, OwnerMatch, Owners

app = command_group()

AsJson = Annotated[bool, typer.Option("--json")]


@app.command("list")
def list_owners(*, as_json: AsJson = False) -> None:
    """The entries of the table in their order, and the owners of layers of the platform map."""
    from cli.views.rows import print_rows

    entries = _stored().all()
    if as_json:
        output.emit_json([{**each.as_dict(), "is_of_map": each.is_of_map} for each in entries])
    elif not entries:
        echo(texts.NO_OWNERS)
    else:
        columns = [texts.OWNER_COLUMN, texts.MATCHES, texts.TIER, texts.NOTIFIED, texts.RUNBOOK]
        print_rows(output.console(), columns, [_row(each) for each in entries], heading=1)


@app.command()
def who(
    target: Annotated[str, typer.Argument(metavar="RESOURCE|INCIDENT")],
    *,
    service: Annotated[str, typer.Option()] = "",
    project: Annotated[str, typer.Option()] = "",
    rule: Annotated[str, typer.Option()] = "",
    label: Annotated[list[str] | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Show the owner of a resource or of an incident, and the other matching entries."""
    if target.isascii() and target.isdigit():
        incident, subject = _incident(int(target)), handlers.INCIDENT(id=target)
    else:
        incident, subject = _about(target, service, project, rule, _labels(label or [])), as_text(target)
    from handlers.owners.wording import notified_text

    owners = _stored().ranked(incident)
    if as_json:
        first = owners[0].owner() if owners else None
        others = [each.owner() for each in owners[1:]]
        output.emit_json({"resource": incident.resource, "owner": first, "less_specific": others})
        return
    if not owners:
        echo(texts.NO_OWNER(resource=subject))
    for number, each in enumerate(owners):
        template = texts.ALSO if number else texts.OWNED_BY
        echo(template(resource=subject, owner=_owner(each.entry), reason=_reason(each)))
    notified = next((each for each in owners if each.entry.channel or each.entry.on_call), None)
    if notified is not None and notified is not owners[0]:
        echo(texts.NEXT_IS_NOTIFIED(owner=owners[0].entry.owner, other=notified_text(notified.entry)))
    if not incident.service:
        echo(texts.WITHOUT_SERVICE)


def _stored() -> Owners:
    """The applied table of owners."""
    from handlers.owners.table import owners_of
    from handlers.versions.apply import defaults_of

    with database.opened(config.load()) as store, store.reading() as session:
        return owners_of(defaults_of(session))


def _incident(number: int) -> IncidentView:
    from db.error_db.views import load_view

    if number > database.MAX_ID:
        raise InputError(UNKNOWN(id=number))
    with database.opened(config.load()) as store, store.reading() as session:
        incident = load_view(session, number)
    if incident is None:
        raise InputError(UNKNOWN(id=number))
    return incident


def _about(target: str, service: str, project: str, rule: str, labels: dict[str, str]) -> IncidentView:
    """An incident about a resource, as the table of owners compares it."""
    from handlers.scripts.sample import sample_incident

    name, found_service = _resource(target)
    properties = {
        "rule": rule,
        "severity": Severity.INFORMATIONAL,
        "service": service or found_service or rule.partition("/")[0],
        "project": project or _project_named(target) or _project(name),
        "resource": name,
    }
    return sample_incident(properties, labels)


def _resource(target: str) -> tuple[str, str]:
    """The resource as incidents name it, and its service if the form of the name shows the service."""
    from insights.access.resource_notation import resource_name
    from shared.identity.iam_names import MANAGER, STORAGE

    try:
        full = resource_name(target)
    except InputError:
        return target, ""
    if full.startswith(MANAGER):
        return target, ""
    if full.startswith(STORAGE):
        return full.removeprefix(STORAGE), "storage"
    host, _, path = full.removeprefix("//").partition("/")
    return path, host.partition(".")[0]


def _project_named(target: str) -> str:
    """The project if the target is one, as `example-project` or `projects/example-project`."""
    from insights.access.resource_notation import resource_name
    from shared.identity.iam_names import MANAGER

    try:
        name = resource_name(target)
    except InputError:
        return ""
    return name.removeprefix(f"{MANAGER}projects/") if name.startswith(f"{MANAGER}projects/") else ""


def _project(name: str) -> str:
    first, _, rest = name.partition("/")
    return rest.partition("/")[0] if first == "projects" else ""


def _labels(given: list[str]) -> dict[str, str]:
    labels = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise InputError(texts.INVALID_LABEL(label=text))
        labels[name] = value
    return labels


def _row(entry: OwnerEntry) -> list[Any]:
    from handlers.owners.wording import match_text, notified_text

    cells = (as_text(entry.owner), match_text(entry), as_text(entry.tier), notified_text(entry), as_text(entry.runbook))
    return [output.styled(localize(cell)) for cell in cells]


def _owner(entry: OwnerEntry) -> Text:
    """The owner with all values of its entry."""
    from handlers.owners.wording import notified_text

    facts = [
        as_text(f"tier {entry.tier}") if entry.tier else None,
        notified_text(entry) if entry.channel or entry.on_call else None,
        as_text(entry.runbook) if entry.runbook else None,
    ]
    given = [fact for fact in facts if fact is not None]
    return joined([as_text(entry.owner), *given])


def _reason(match: OwnerMatch) -> Text:
    from handlers.owners.wording import matched_text

    text = matched_text(match.matched) if match.matched else texts.EVERYTHING
    return texts.OF_MAP(match=text) if match.entry.is_of_map else text
