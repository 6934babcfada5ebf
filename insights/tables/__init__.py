"""Tables that were not updated by their usual time, and those with an unusual number of rows or bytes."""
