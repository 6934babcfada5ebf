"""The state of Hinomi itself: how fast it reacts, whether its collectors keep their rhythm, and when it last notified."""
