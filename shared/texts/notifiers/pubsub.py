"""Results and errors of the Pub/Sub notifier."""

from __future__ import annotations

from shared.texts import Template

WOULD_PUBLISH = Template(en="would publish an event to {channel}", ja="{channel} にイベントを発行する予定")
PUBLISHED = Template(
    en="event published to {topic}: message {message}", ja="{topic} にイベントを発行: メッセージ {message}"
)
TOPIC_FORM = Template(
    en="'{value}' is not a topic: use projects/PROJECT/topics/TOPIC",
    ja="'{value}' はトピックではありません。projects/PROJECT/topics/TOPIC を指定してください",
)
PUBLISH = Template(en="publish to {topic}", ja="{topic} への発行")
NO_ANSWER = Template(
    en="no answer from Pub/Sub for {topic} ({kind})", ja="{topic} に対する Pub/Sub の応答なし ({kind})"
)
