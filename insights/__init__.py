"""What answers: who may do what, how jobs do, what they cost, and what changed before an incident. It reads the databases and stores nothing."""
