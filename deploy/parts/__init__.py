"""The parts of an installation, in the order in which they are created.

A part has two functions of a Site: one returns the steps that make its resources match the plan, the other the steps
that remove them. Both first read the project and return no step for matching resources, so running them twice, or again
after a crash, is safe. A phase is a group of parts that can be planned together; the next phase depends on its results.
"""
