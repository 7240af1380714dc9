"""grpcio's server for our client. Prints its port; ends when its input does."""
import sys
import time
from concurrent import futures

import grpc

from peer import fields, note


def say(request, context):
    text = fields(request)[1].decode()
    if text == "fail":
        context.set_trailing_metadata([("x-why", "because")])
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "100 % Grüße, 世界")
    if text == "hang":
        while context.is_active():
            time.sleep(0.01)
    if text == "metadata":
        given = dict(context.invocation_metadata())
        context.send_initial_metadata([("x-text", given["x-text"]), ("x-raw-bin", given["x-raw-bin"])])
        context.set_trailing_metadata([("x-tail", given["x-text"]), ("x-tail-bin", given["x-raw-bin"])])
    return request


def collect(requests, context):
    notes = [fields(request) for request in requests]
    return note("".join(n[1].decode() for n in notes), sum(n[2] for n in notes))


def expand(request, context):
    asked = fields(request)
    for i in range(asked[2]):
        yield note(asked[1].decode(), i)


def chat(requests, context):
    yield from requests


def health(request, context):
    if request:
        context.abort(grpc.StatusCode.NOT_FOUND, "")
    return b"\x08\x01"


if __name__ == "__main__":
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=4),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
        compression=grpc.Compression.Gzip if "gzip" in sys.argv else None)
    server.add_generic_rpc_handlers([
        grpc.method_handlers_generic_handler("lockstep.test.Echo", {
            "Say": grpc.unary_unary_rpc_method_handler(say),
            "Collect": grpc.stream_unary_rpc_method_handler(collect),
            "Expand": grpc.unary_stream_rpc_method_handler(expand),
            "Chat": grpc.stream_stream_rpc_method_handler(chat),
        }),
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(health)}),
    ])
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(0)
