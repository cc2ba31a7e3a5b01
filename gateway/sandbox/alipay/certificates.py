"""alipay.open.app.alipaycert.download, and the renewal of Alipay's certificate for an app."""

import base64
from dataclasses import replace

from gateway.sandbox import keys
from gateway.sandbox.alipay import authority, fields
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.errors import invalid_parameter
from gateway.sandbox.alipay.records import App, JsonObject
from gateway.sandbox.alipay.serials import certificate_sn
from gateway.sandbox.alipay.server import AlipayServer


def download(call: Call) -> JsonObject:
    """Any certificate Alipay ever had for this app, by its SN."""
    wanted = call.read_biz(fields.CERTIFICATE_DOWNLOAD)["alipay_cert_sn"]
    certificate = call.app.alipay_certificates.get(wanted)
    if certificate is None:
        raise invalid_parameter("支付宝公钥证书不存在")
    return {"alipay_cert_content": base64.b64encode(certificate.encode()).decode()}


def renew(server: AlipayServer, app: App) -> App:
    """A new key and certificate for Alipay; the old certificate can still be downloaded."""
    private_key = keys.new_private_key_pem()
    certificate = authority.issue_certificate_pem(
        server.identity.authority_private_key_pem,
        keys.public_key_pem(private_key),
        owner=f"Sandbox Alipay for {app.app_id}",
    )
    serial = certificate_sn(certificate)
    renewed = replace(
        app,
        alipay_private_key_pem=private_key,
        alipay_cert_sn=serial,
        alipay_certificates={**app.alipay_certificates, serial: certificate},
    )
    return server.apps.put(renewed)
