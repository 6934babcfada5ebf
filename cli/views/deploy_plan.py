"""Prints a deployment plan: the counts of changes, one line for each resource, and the commands if requested.

Grants are listed by recipient: the name of a Google service agent alone is most of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from cli.language import localize
from cli.printable import clean
from cli.views import output
from deploy.plan_summary import APIS, GRANTS, ResourceChange, counts
from deploy.step import Operation, with_placeholders
from shared.texts import EMPTY, joined
from shared.texts import Text as Localized
from shared.texts.deploy import differences, resources

if TYPE_CHECKING:
    from rich.console import Console

    from deploy.step import Step

MARKS = {Operation.CREATE: "+", Operation.CHANGE: "~", Operation.REMOVE: "-"}
STYLES = {Operation.CREATE: "green", Operation.CHANGE: "yellow", Operation.REMOVE: "red"}
MEMBER = "--member="


def print_plan(steps: Sequence[Step], *, project: str, verbose: bool = False) -> None:
    """Prints the counts, then each resource with its differences. `verbose` adds purposes and gcloud commands."""
    from deploy.plan_summary import by_resource

    changes = by_resource(steps)
    console = output.console()
    console.print(output.styled(localize(counts(changes)), "bold"))
    for kind, those in groupby(changes, lambda change: change.kind):
        console.print(f"\n{localize(resources.KINDS[kind])}")
        for recipient, changes_of_one in _by_recipient(those).items():
            if recipient:
                console.print(f"  {short(localize(recipient), project)}", soft_wrap=True)
            for change in changes_of_one:
                _print_change(console, change, recipient, project, verbose=verbose)


def _by_recipient(changes: Iterable[ResourceChange]) -> dict[Localized, list[ResourceChange]]:
    """Grants by the line that names their recipient; all other changes by an empty text."""
    groups: dict[Localized, list[ResourceChange]] = {}
    for change in changes:
        groups.setdefault(_recipient(change), []).append(change)
    return groups


def _print_change(
    console: Console, change: ResourceChange, recipient: Localized, project: str, *, verbose: bool
) -> None:
    margin = "  " * (2 if recipient else 1)
    console.print(_entry(change, project, console.width, margin), soft_wrap=True)
    for text in _details(change, margin + "  ") if verbose else ():
        console.print(text, style="dim", soft_wrap=True)


def _entry(change: ResourceChange, project: str, width: int, margin: str) -> Text:
    """The line of a resource, folded between words with an indent; names are never cut."""
    name = localize(change.resource).removeprefix(localize(resources.HEADING_WORDS.get(change.kind, EMPTY)))
    name = name.removesuffix(localize(resources.RECIPIENT(member=_member(change))))
    notes = localize(joined(_notes(change), differences.AND))
    text = ": ".join(short(part, project) for part in (name, notes) if part)
    line = output.folded(f"{MARKS[change.operation]} {text}", width, first=margin, rest=f"{margin}  ")
    return Text(line, style=STYLES[change.operation])


def _recipient(change: ResourceChange) -> Localized:
    member = _member(change)
    return resources.GRANTS_TO(member=member) if member else EMPTY


def _member(change: ResourceChange) -> Localized:
    """The member of a grant as its command names it; empty for any other resource."""
    words = change.steps[0].argv if change.kind == GRANTS else ()
    found = next((word for word in words if word.startswith(MEMBER)), "")
    return with_placeholders(found.removeprefix(MEMBER))


def _notes(change: ResourceChange) -> Sequence[Localized]:
    """The differences of an existing resource, or a note on a new one."""
    if change.operation is Operation.CHANGE or change.kind == APIS:
        return change.differences
    return [differences.NOTES[difference] for difference in change.differences if difference in differences.NOTES]


def _details(change: ResourceChange, indent: str) -> Iterator[str]:
    """The purpose, and the commands in a form that can be copied into a shell: a filter keeps its line breaks."""
    for purpose in dict.fromkeys(step.purpose for step in change.steps if step.purpose):
        yield indent + clean(localize(purpose))
    for step in change.steps:
        yield indent + "\n".join(clean(line) for line in localize(step.command_text).splitlines())


def short(text: str, project: str) -> str:
    """`text` without the project in the names of roles and service accounts, because it is the same in every line."""
    accounts = rf"(?:serviceAccount:)?([a-z][a-z0-9-]+)@{re.escape(project)}\.iam(?:\.gserviceaccount\.com)?"
    text = re.sub(rf"{accounts}(?![\w.])", r"\1", text)
    text = text.replace(f"projects/{project}/roles/", "").replace("serviceAccount:", "")
    return re.sub(r"\.googleapis\.com(?=, |、|$)", "", text)
