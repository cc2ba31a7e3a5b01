"""More merchants on request: direct ones, and service providers with the merchants they act for."""

import re
import secrets
from dataclasses import asdict, replace
from typing import Any

from gateway.sandbox import keys
from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.wechat.identity import WechatMerchant, new_merchant
from gateway.sandbox.wechat.records import JsonObject
from gateway.sandbox.wechat.server import WechatServer, merchant_record


def register(server: WechatServer, wanted: JsonObject) -> JsonObject:
    """Admit a merchant and hand out its credentials.

    ``wanted`` may name mchid, name, appids, sub_merchants ({sub_mchid: [appids]}), apiv3_key and
    certificate_pem; what is missing or null is made up. With a certificate of the caller's own
    the answer carries no private key. Raises NotPossible for what no platform would admit.
    """
    mchid = wanted["mchid"] or _new_mchid(server)
    if re.fullmatch(r"[0-9]{1,32}", mchid) is None:
        raise NotPossible("mchid must be up to 32 digits.")
    if server.merchants.get(mchid) is not None:
        raise NotPossible(f"The merchant {mchid} exists already.")
    appids = _strings(wanted["appids"] or [_new_appid(), _new_appid()], "appids")
    made_up = new_merchant(
        mchid,
        name=wanted["name"] or f"Sandbox Merchant {mchid}",
        appid=appids[0],
        mini_program_appid=appids[-1],
    )
    holder = replace(made_up, **_own(wanted))
    subs = {
        sub: _strings(apps, "sub_merchants")
        for sub, apps in (wanted["sub_merchants"] or {}).items()
    }
    server.merchants.put(replace(merchant_record(holder, subs), appids=appids))
    return _credentials(holder) | {"appids": appids, "sub_merchants": subs}


def _own(wanted: JsonObject) -> dict[str, str]:
    """What the caller brought along replaces what was made up."""
    own: dict[str, str] = {}
    if wanted["apiv3_key"]:
        if len(wanted["apiv3_key"].encode()) != 32:
            raise NotPossible("apiv3_key must be 32 letters and digits.")
        own["apiv3_key"] = wanted["apiv3_key"]
    if wanted["certificate_pem"]:
        own["certificate_pem"] = wanted["certificate_pem"]
        own["serial_no"] = _serial(wanted["certificate_pem"])
        own["private_key_pem"] = ""  # the caller has it, and nobody else
    return own


def _credentials(holder: WechatMerchant) -> JsonObject:
    """What the merchant may know: all but the private key WeChat signs with."""
    known = asdict(holder)
    for name in ("public_key_private_pem", "sub_mchid", "sub_appid"):
        del known[name]
    return known | {"private_key_pem": holder.private_key_pem or None}


def _serial(certificate_pem: str) -> str:
    try:
        return keys.certificate_serial(certificate_pem)
    except ValueError as error:
        raise NotPossible("certificate_pem is not a PEM certificate.") from error


def _strings(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise NotPossible(f"{name} must list app ids as strings.")
    return value


def _new_mchid(server: WechatServer) -> str:
    return f"19001{server.next_number('merchant'):05d}"


def _new_appid() -> str:
    return f"wx{secrets.token_hex(8)}"
