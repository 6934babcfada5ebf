"""The parts of an installation, in the order in which they are created.

A part is two functions of a Site: the steps that bring its resources to the plan, and the steps that remove them. Both read
the project first and give no step for what matches, so running twice, or again after a crash, is safe. A phase is a group
of parts that can be planned together; the next phase needs to know what it created.
"""
