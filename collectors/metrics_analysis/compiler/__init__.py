"""Compiles rule files to the artifact; only this package needs YAML and pySigma.

A deployed function imports this package only if the artifact does not match the rule files.
"""

from __future__ import annotations

from collectors.metrics_analysis.compiler.compile import compile_rules
from collectors.metrics_analysis.compiler.rule_errors import RuleErrors

__all__ = ["RuleErrors", "compile_rules"]
