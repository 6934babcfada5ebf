"""From rule files to the artifact: everything that needs YAML and pySigma.

Nothing that runs in a deployed function imports this package when the artifact fits.
"""

from __future__ import annotations

from collectors.metrics_analysis.compiler.compile import compile_rules
from collectors.metrics_analysis.compiler.rule_errors import RuleErrors

__all__ = ["RuleErrors", "compile_rules"]
