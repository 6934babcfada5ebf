"""What the pages about incidents show: whether one needs a person, and what happened last."""
