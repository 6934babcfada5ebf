"""YAML in the default format of `gcloud logging read`: one document for each entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from cli.language import localize
from shared.strict_yaml import c_loader
from shared.texts import Text
from shared.texts.cli import entries as texts

TIME, BOOLEAN = "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"
BEGINNING = re.compile(rb"\s*(?:#[^\n]*\n\s*)*(?:---|- |[A-Za-z]\w*:(?:\s|$))")


class YamlDocuments:
    """Reads the entries of a YAML text one by one. `report` is called with the line (from 1) and the mistake.

    `line` is the line in which the latest entry begins. After invalid YAML the rest cannot be read.
    """

    def __init__(self, source: Any, report: Callable[[int, Text], None]) -> None:
        self._source = source
        self._report = report
        self.line = 1

    def __iter__(self) -> Iterator[dict[str, Any] | None]:
        """The entries in order; None for a reported mistake."""
        import yaml

        loader = _loader_class()(self._source)
        try:
            while loader.check_node():
                node = loader.get_node()
                self.line = node.start_mark.line + 1
                yield from self._entries(loader.construct_document(node))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else self.line
            self._report(line, texts.INVALID_YAML(error=str(error.problem or error.context)))
            yield None
        except yaml.YAMLError as error:
            self._report(self.line, texts.INVALID_YAML(error=" ".join(str(error).split())))
            yield None
        finally:
            loader.dispose()

    def _entries(self, value: Any) -> Iterator[dict[str, Any] | None]:
        """The entries of a document: a list, a response of entries.list, or one entry."""
        if isinstance(value, dict) and isinstance(value.get("entries"), list):
            value = value["entries"]
        for entry in value if isinstance(value, list) else [value]:
            if not isinstance(entry, dict):
                self._report(self.line, texts.NO_MAPPING)
            yield entry if isinstance(entry, dict) else None


@cache
def _loader_class() -> Any:
    """The parser of libyaml if available. Aliases are rejected: a few can expand to gigabytes.

    Times stay text, and only true and false are booleans (YAML 1.2), as in gcloud's output.
    """
    import yaml

    base: Any = c_loader() or yaml.SafeLoader

    class EntryLoader(base):  # type: ignore[misc]
        """A subclass with its own resolvers, so that other users of PyYAML are not affected."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            mark: Any = self.peek_event().start_mark
            if self.check_event(yaml.AliasEvent):
                raise yaml.MarkedYAMLError(problem=localize(texts.NO_ALIASES), problem_mark=mark)
            return super().compose_node(parent, index)

    EntryLoader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag != TIME and (tag != BOOLEAN or first in "tTfF")]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    return EntryLoader
