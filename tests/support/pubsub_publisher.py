"""A server that accepts messages over gRPC like Pub/Sub, for other programs that publish.

Source: google/pubsub/v1/pubsub.proto, service Publisher.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import grpc
from google.pubsub_v1 import types

from demo.platform.grpc_server import GrpcServer


@dataclass(frozen=True)
class Published:
    """A published message; its data are JSON."""

    topic: str
    data: dict[str, Any]
    attributes: dict[str, str]


class PublisherServer(GrpcServer):
    """Keeps the messages in the order of arrival. Rejects the next `denied` messages."""

    def __init__(self) -> None:
        super().__init__("google.pubsub.v1.Publisher", {"Publish": (self._publish, types.PublishRequest)})
        self.messages: list[Published] = []
        self.denied = 0

    def _publish(self, request: types.PublishRequest, context: grpc.ServicerContext) -> types.PublishResponse:
        with self._lock:
            if self.denied:
                self.denied -= 1
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "no permission to publish yet")
            for each in request.messages:
                self.messages.append(Published(request.topic, json.loads(each.data), dict(each.attributes)))
            return types.PublishResponse(message_ids=[str(len(self.messages))] * len(request.messages))
