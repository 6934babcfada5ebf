"""The parts of an installation, in the order in which they are made.

A part is two functions of a Site: the commands that bring it to the plan, and those that take it away. Both look first
and give nothing for what is as it should be, so running twice, or again after a crash, is harmless. A phase is a group
of parts that can be looked at together: what one phase makes, the next one needs to know.
"""
