"""The state of Hinomi itself: its reaction times, the rhythm of its collectors, and its last notifications."""
