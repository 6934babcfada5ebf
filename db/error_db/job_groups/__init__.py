"""Groups of jobs whose incidents are evaluated together, and the reasons of their failures."""
