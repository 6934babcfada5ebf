"""The parts of an installation, in the order in which they are created.

A part is two functions of a Site: the steps that change its resources to match the plan, and the steps that remove
them. Both read the project first and return no step for matching resources, so running twice, or again after a crash,
is safe. A phase is a group of parts that can be planned together; the next phase depends on its results.
"""
