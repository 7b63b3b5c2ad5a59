"""Streams of the byte codecs: constants, since compressors of other versions write other bytes, and made by hand."""

import zlib

from tools.conformance.zstd_frames import ZSTD_PLAIN

# What the streams below hold, unless they say otherwise.
PLAIN = ZSTD_PLAIN
# Made by zlib 1.2.13: Huffman codes of its own, and LZ77.
ZLIB_HEX = (
    "78daedcfc1154421084351300882fdf73bcf2afe66d6399704538e8eb7665b49d6195a21c5ce32655bf41e75dc0c32d9d89deeb90a32a5e70de"
    "cd19075576e6c9d1e325319d66a3516ec58335fd8771a5b968e7d87b1a732b1fe6a55ac4a2cab5e31ab1ccbaa57cbaa85659593b1aab1ac327f"
    "b5ff8fbeffe807dcc40bb2"
)
# The same program's fixed Huffman codes, of "qmodel qmodel qmodel!".
ZLIB_FIXED_HEX = "78012bcccd4f49cd512844a6140159f507e8"
# The letters of "qmodel", compressed with these six bytes as a dictionary.
ZLIB_DICTIONARY_HEX = "78bb08eb02832b04930008eb0283"
# Made by liblz4 1.9.4.
LZ4_HEX = (
    "f0680003060a03080109030a05000703030009060403020403030405060700030609000409050a0309040b060400090603000a000b0a09090a0b"
    "0304060900030601060b0409030a08030a06030009090706050403030708090a00030600030700050a030007020904000909060301000b0a0000"
    "01020304065b00b001060b0700060108030a093d00b007060807060607080901035b00b007030801060007020007037900b00403020100000105"
    "0607095b00ff0c040902070006040b060109060303000a09080706090a0b00010306d200ff6f500506070900"
)
# Made by liblzo2 2.10 with LZO1X-999.
LZO_HEX = (
    "2d0003060a03080109030a0500070303000906040302040303040506074c030909000409050a0309040b06044c030903000a000b0a09090a0b03"
    "044c0303030601060b044d070808004c030209090706054e07070800084d03000102004f07000702080f4f030603014c0701000001024c07680b"
    "4e07070004104c07600b4d07080900064d07017a0e03075512064c075412600f5512014c075412780e5512024c075512014c035512094c075612"
    "0001780e2000644403110000"
)
# Made by Brotli 1.2.1 with quality 11.
BROTLI_HEX = (
    "1b5702f805b6319bb6ed6034428100092fafc25e0d286e4e435f8f70d4b94bfabb15a3d5df643fed08977f877dac5132be0df3b2c2627417cd49"
    "2b31a5bf521ddac229ff91ebb131caf88d3d2f85238657d61c0d8a694e49753d1156e78cdcdf1583366f9cfd2a3c"
)


def zlib_stored(data: bytes) -> bytes:
    """A zlib stream of one stored block (RFC 1950; RFC 1951, section 3.2.4)."""
    size = len(data)
    block = b"\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data
    return b"\x78\x01" + block + zlib.adler32(data).to_bytes(4, "big")


def brotli_stored(data: bytes) -> bytes:
    """A Brotli stream of one meta-block as it is, and an empty one (RFC 7932, section 9.2), of at most 65,536 bytes."""
    return (1 << 20 | (len(data) - 1) << 4).to_bytes(3, "little") + data + b"\x03"


def lz4_literals(data: bytes) -> bytes:
    """An LZ4 block of literals alone."""
    size = len(data)
    if size < 15:
        return bytes([size << 4]) + data
    return b"\xf0" + b"\xff" * ((size - 15) // 255) + bytes([(size - 15) % 255]) + data


def lzo_literals(data: bytes) -> bytes:
    """An LZO1X stream of at most 238 literals."""
    return bytes([17 + len(data)]) + data + b"\x11\x00\x00"


def lzo_of_every_instruction() -> tuple[bytes, bytes]:
    """An LZO1X stream with each row of the table in spec/buffers/lzo.md, lengths in both forms, and what it holds."""
    stream, text = bytes.fromhex("14 616263"), b"abc"

    def match(instruction: str, distance: int, length: int, literals: bytes = b"") -> None:
        nonlocal stream, text
        stream += bytes.fromhex(instruction) + literals
        for _ in range(length):
            text += text[len(text) - distance : len(text) - distance + 1]
        text += literals

    def run(instruction: str, literals: bytes) -> None:
        nonlocal stream, text
        stream += bytes.fromhex(instruction) + literals
        text += literals

    match("04 00", 2, 2)
    run("01", b"defg")
    match("54 00", 6, 3, b"")
    run("00 02", bytes(range(100, 120)))
    match("ed 01", 12, 8, b"h")
    match("0b 02", 11, 2, b"ijk")
    match("22 0c 00", 4, 4)
    match("20 00 07 02 00", 1, 295, b"lm")
    match("20 00 00 00 00 00 00 00 00 01 00 00", 1, 2074)
    run("03", b"nopqrs")
    match("0d 01", 2056, 3, b"t")
    match(f"20 {'00' * 130} 01 00 00", 1, 33_184)
    match("19 0d 00", 32_771, 3, b"u")
    match("10 03 04 00", 16_385, 12)
    return stream + b"\x11\x00\x00", text
