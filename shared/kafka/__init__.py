"""Reads the state of Kafka Connect, of the Kafka brokers behind it, and of the PostgreSQL databases that Debezium follows."""
