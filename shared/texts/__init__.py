"""All texts for people, in every language: one module for each topic, imported where its texts are used.

A module defines constants: a Text, or a Template or Plural that makes a Text from values. Each has all languages, so
a missing language is a type error and cannot fail at run time. An action or a notifier of another package defines its
own texts in the same way: `from shared.texts import Template, Text`.
"""

from shared.texts.text import COMMA, EMPTY, LANGUAGES, SPACE, Plural, Template, Text, as_text, joined, listed

__all__ = ["COMMA", "EMPTY", "LANGUAGES", "SPACE", "Plural", "Template", "Text", "as_text", "joined", "listed"]
