"""Answers of the gateway: one JSON object with a node named after the method, and its signature.

The signature covers the raw bytes of the node, braces included. In certificate mode the serial of
Alipay's certificate stands between the node and the signature. Refusals of the login call stand in
``error_response``.
"""

import json
import secrets
from collections.abc import Sequence

from gateway.sandbox.alipay import signing
from gateway.sandbox.alipay.faults import StaleCertificate
from gateway.sandbox.alipay.records import App
from gateway.sandbox.alipay.request import GatewayRequest
from gateway.sandbox.faults import Fault
from gateway.sandbox.reply import Reply

LOGIN = "alipay.system.oauth.token"


def unsigned(request: GatewayRequest, node: bytes) -> Reply:
    """The answer to somebody unknown."""
    return _reply(request, _enclosed(request, node, {}))


def signed(
    request: GatewayRequest, node: bytes, *, app: App, faults: Sequence[Fault] = ()
) -> Reply:
    """The answer to an app, bent by the faults."""
    seal = {"alipay_cert_sn": _certificate_sn(app, faults)} if app.uses_certificates else {}
    seal["sign"] = signing.sign(app.alipay_private_key_pem, node)
    for fault in faults:
        seal = fault.seal(seal)
    body = _enclosed(request, node, seal)
    for fault in faults:
        body = fault.body(body)
    return _reply(request, body)


def _certificate_sn(app: App, faults: Sequence[Fault]) -> str:
    is_stale = any(isinstance(fault, StaleCertificate) for fault in faults)
    return app.expired_alipay_cert_sn if is_stale else app.alipay_cert_sn


def _enclosed(request: GatewayRequest, node: bytes, seal: dict[str, str]) -> bytes:
    members = [f"{json.dumps(_name(request, node))}:".encode() + node]
    members += [f"{json.dumps(key)}:{json.dumps(value)}".encode() for key, value in seal.items()]
    return b"{" + b",".join(members) + b"}"


def _name(request: GatewayRequest, node: bytes) -> str:
    method = request.get("method")
    is_refused_login = method == LOGIN and b'"sub_code":' in node
    if not method or is_refused_login:
        return "error_response"
    return f"{method.replace('.', '_')}_response"


def _reply(request: GatewayRequest, body: bytes) -> Reply:
    charset = request.charset if request.knows_charset else "utf-8"
    headers = {
        "Content-Type": f"text/html;charset={charset.lower()}",
        "trace_id": secrets.token_hex(16),
    }
    return Reply(200, body, headers)
