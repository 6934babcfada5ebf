"""The panel of the demo that keeps running: a page of its dashboard on which a person breaks the platform."""
