"""What both grpcio peers share: protobuf by hand, since stubs and python3-protobuf may be missing.

Note: text = 1 (string), number = 2 (int32), data = 3 (bytes).
"""


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def note(text="", number=0, data=b""):
    out = b""
    if text:
        encoded = text.encode()
        out += b"\x0a" + varint(len(encoded)) + encoded
    if number:
        out += b"\x10" + varint(number)
    if data:
        out += b"\x1a" + varint(len(data)) + data
    return out


def read_varint(message, at):
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(message):
    """Text, number and data of a Note; the number alone serves for HealthCheckResponse.status (field 1) too."""
    found = {1: b"", 2: 0, 3: b""}
    at = 0
    while at < len(message):
        tag, at = read_varint(message, at)
        value, at = read_varint(message, at)
        if tag & 7 == 2:
            value, at = message[at:at + value], at + value
        found[tag >> 3] = value
    return found
