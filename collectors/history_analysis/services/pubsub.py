"""Pub/Sub: what is published and delivered, and what waits."""

from __future__ import annotations

from collectors.history_analysis.performance import Catalogue, Metric, Resource

SUBSCRIPTION = Resource("pubsub_subscription", ("project_id", "subscription_id"))
TOPIC = Resource("pubsub_topic", ("project_id", "topic_id"))

METRICS = Catalogue(
    "pubsub",
    "pubsub.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub",
    (
        Metric("subscription/num_undelivered_messages", "1", "MEAN", "Messages that wait", SUBSCRIPTION),
        Metric("subscription/oldest_unacked_message_age", "s", "MAX", "Age of the oldest of them", SUBSCRIPTION),
        Metric("subscription/ack_message_count", "1", "DELTA", "Messages that were taken", SUBSCRIPTION),
        Metric("subscription/dead_letter_message_count", "1", "DELTA", "Messages that were given up", SUBSCRIPTION),
        Metric("subscription/push_request_count", "1", "DELTA", "Pushes", SUBSCRIPTION, split=("response_class",)),
        Metric("topic/send_request_count", "1", "DELTA", "Publish calls", TOPIC, split=("response_class",)),
        Metric("topic/byte_cost", "By", "DELTA", "Bytes that are charged", TOPIC),
    ),
)

COLLECTORS = (METRICS.collector("How much went through each topic and subscription, and how long it waited."),)
