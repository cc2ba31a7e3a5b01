"""How the platform signs what it says: V1 with the merchant's MD5 key, V2 with its own RSA key."""

import time
from collections.abc import Sequence

from gateway.sandbox.easypay.records import V2, JsonObject
from gateway.sandbox.easypay.server import EasypayServer
from gateway.sandbox.easypay.signing import md5_signature, rsa_signature, sign_content
from gateway.sandbox.faults import Fault


def sealed(
    server: EasypayServer,
    document: JsonObject,
    *,
    pid: str,
    version: str,
    faults: Sequence[Fault] = (),
) -> JsonObject:
    """The document with the members that sign it to the merchant ``pid``, bent by the faults."""
    is_v2 = version == V2
    seal = _seal_v2(server, document, faults) if is_v2 else _seal_v1(server, document, pid)
    for fault in faults:
        seal = fault.seal(seal)
    return document | seal


def _seal_v1(server: EasypayServer, document: JsonObject, pid: str) -> dict[str, str]:
    merchant = server.merchants.get(pid)
    if merchant is None:
        raise LookupError("merchants are never removed")
    signature = md5_signature(
        sign_content(document), merchant.key, key_suffix=server.profile(pid).key_suffix
    )
    return {"sign": signature, "sign_type": "MD5"}


def _seal_v2(
    server: EasypayServer, document: JsonObject, faults: Sequence[Fault]
) -> dict[str, str]:
    timestamp = int(time.time())
    for fault in faults:
        timestamp = fault.timestamp(timestamp)
    stamp = {"timestamp": str(timestamp), "sign_type": "RSA"}
    content = sign_content(document | stamp)
    return stamp | {"sign": rsa_signature(content, server.private_key_pem)}
