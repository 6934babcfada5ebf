"""Tables that were not updated by their usual time, and tables with an unusual number of rows or bytes."""
