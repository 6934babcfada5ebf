"""What the simulated gRPC services have in common: a server on a free loopback port, and answers on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc

# The method, and the type of its request; the answer's own type writes it.
Method: TypeAlias = tuple[Callable[[Any, grpc.ServicerContext], Any], Any]


@dataclass(slots=True, kw_only=True)
class Countdown:
    """How often a made-up answer is given: always, or `times` times."""

    times: int | None = None

    def count(self) -> bool:
        """Whether it is still given; counts it."""
        if self.times is not None:
            self.times -= 1
        return self.times is None or self.times >= 0


class GrpcServer:
    """Serves the methods of one service. Safe to share between threads."""

    def __init__(self, service: str, methods: Mapping[str, Method]) -> None:
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.max_send_message_length", -1)])
        handlers = {name: _handler(answer, request) for name, (answer, request) in methods.items()}
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        self._port = self._server.add_insecure_port("127.0.0.1:0")

    @property
    def endpoint(self) -> str:
        """host:port, for the HINOMI_…_ENDPOINT of the service."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Serves in the background."""
        self._server.start()

    def stop(self) -> None:
        """Ends, and waits for the end."""
        self._server.stop(None).wait()


def _handler(answer: Callable[[Any, grpc.ServicerContext], Any], request: Any) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=request.deserialize,
        response_serializer=lambda response: type(response).serialize(response),
    )
