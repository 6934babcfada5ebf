"""The base of the simulated gRPC services: a server on a free loopback port, with injected errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc

# The method, and the type of its request; the type of the answer serialises itself.
Method: TypeAlias = tuple[Callable[[Any, grpc.ServicerContext], Any], Any]


@dataclass(slots=True, kw_only=True)
class Countdown:
    """Counts the uses of an injected answer: unlimited, or `times`."""

    times: int | None = None

    def count(self) -> bool:
        """Whether the injected answer applies to this call too; counts the use."""
        if self.times is not None:
            self.times -= 1
        return self.times is None or self.times >= 0


class GrpcServer:
    """Serves the methods of one service. Thread-safe."""

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
        """Starts serving in the background."""
        self._server.start()

    def stop(self) -> None:
        """Stops the server and waits for its end."""
        self._server.stop(None).wait()


def _handler(answer: Callable[[Any, grpc.ServicerContext], Any], request: Any) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=request.deserialize,
        response_serializer=lambda response: type(response).serialize(response),
    )
