"""grpcio's client against our server: peer_client.py PORT CHECK. Exits 0 if the check holds."""
import sys

import grpc

from peer import fields, note

LIMIT = 15
ECHO = "/lockstep.test.Echo/"
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def say(channel):
    return channel.unary_unary(ECHO + "Say")


def check_unary(channel):
    sent = note("grüße", 7, b"\x00\xff")
    assert say(channel)(sent, timeout=LIMIT) == sent


def check_client_streaming(channel):
    reply = channel.stream_unary(ECHO + "Collect")(iter([note("a", 1), note("b", 2)]), timeout=LIMIT)
    assert reply == note("ab", 3), reply


def check_server_streaming(channel):
    replies = list(channel.unary_stream(ECHO + "Expand")(note("x", 5), timeout=LIMIT))
    assert replies == [note("x", i) for i in range(5)], replies


def check_duplex(channel):
    sent = [note(number=i, data=bytes(i * 100)) for i in range(1, 50)]
    assert list(channel.stream_stream(ECHO + "Chat")(iter(sent), timeout=LIMIT)) == sent


def check_error(channel):
    try:
        say(channel)(note("fail"), timeout=LIMIT)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.FAILED_PRECONDITION, error.code()
        assert error.details() == "100 % Grüße, 世界", error.details()
        assert ("x-why", "because") in [tuple(pair) for pair in error.trailing_metadata()]
        return
    raise AssertionError("no error")


def check_deadline(channel):
    try:
        say(channel)(note("hang"), timeout=0.3)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error.code()
        return
    raise AssertionError("no error")


def check_unimplemented(channel):
    try:
        channel.unary_unary(ECHO + "Missing")(b"", timeout=LIMIT)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error.code()
        return
    raise AssertionError("no error")


def check_metadata(channel):
    raw = bytes([0, 1, 127, 128, 255])
    _, call = say(channel).with_call(note("metadata"), timeout=LIMIT, metadata=[("x-text", "value"), ("x-raw-bin", raw)])
    assert ("x-text", "value") in [tuple(pair) for pair in call.initial_metadata()]
    assert ("x-raw-bin", raw) in [tuple(pair) for pair in call.initial_metadata()]
    assert ("x-tail", "value") in [tuple(pair) for pair in call.trailing_metadata()]
    assert ("x-tail-bin", raw) in [tuple(pair) for pair in call.trailing_metadata()]


def check_large(channel):
    sent = note(data=bytes(range(256)) * (12 * 4096))
    assert say(channel)(sent, timeout=LIMIT) == sent
    assert list(channel.stream_stream(ECHO + "Chat")(iter([sent] * 3), timeout=LIMIT)) == [sent] * 3


def check_gzip(channel):
    sent = note(data=bytes(100_000))
    assert say(channel)(sent, timeout=LIMIT, compression=grpc.Compression.Gzip) == sent


def check_cancel(channel):
    replies = channel.stream_stream(ECHO + "Chat")(iter([note("only")]), timeout=LIMIT)
    assert next(replies) == note("only")
    replies.cancel()
    assert replies.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.OK)
    assert say(channel)(note("after"), timeout=LIMIT) == note("after")


def check_health(channel):
    check = channel.unary_unary("/grpc.health.v1.Health/Check")
    assert check(b"", timeout=LIMIT) == b"\x08\x01"  # SERVING
    try:
        check(b"\x0a\x06nobody", timeout=LIMIT)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND, error.code()
        return
    raise AssertionError("no error")


if __name__ == "__main__":
    with grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}", UNLIMITED) as only_channel:
        globals()["check_" + sys.argv[2]](only_channel)
    assert fields(note("t", 300, b"d")) == {1: b"t", 2: 300, 3: b"d"}
