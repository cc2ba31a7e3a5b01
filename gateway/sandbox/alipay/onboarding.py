"""More apps on request, in either key mode, for their own account or for others, too."""

import re
from dataclasses import asdict, replace

from gateway.sandbox.alipay import authority
from gateway.sandbox.alipay.identity import (
    CERTIFICATE,
    PUBLIC_KEY,
    AlipayApp,
    new_app,
    new_app_auth_token,
)
from gateway.sandbox.alipay.records import JsonObject
from gateway.sandbox.alipay.server import AlipayServer, app_record
from gateway.sandbox.refusal import NotPossible


def register(server: AlipayServer, wanted: JsonObject) -> JsonObject:
    """Admit an app and hand out its credentials.

    ``wanted`` may name app_id, seller_id, name, key_mode, app_public_key_pem and acts_for
    ({app_id, seller_id} of a merchant that authorises this app); what is null is made up. With a
    public key of the caller's own the answer carries no private key. Raises NotPossible for what
    no platform would admit.
    """
    app_id = _digits(wanted["app_id"] or _new_app_id(server), "app_id")
    if server.apps.get(app_id) is not None:
        raise NotPossible(f"The app {app_id} exists already.")
    key_mode = wanted["key_mode"] or PUBLIC_KEY
    if key_mode not in (PUBLIC_KEY, CERTIFICATE):
        raise NotPossible(f"key_mode is {PUBLIC_KEY} or {CERTIFICATE}.")
    holder = new_app(
        app_id,
        name=wanted["name"] or f"Sandbox App {app_id}",
        seller_id=_account(wanted["seller_id"] or _new_seller_id(server)),
        authority_key_pem=server.identity.authority_private_key_pem,
        key_mode=key_mode,
    )
    holder = _with_own_key(server, holder, wanted["app_public_key_pem"])
    holder = _with_authorization(holder, wanted["acts_for"])
    server.apps.put(app_record(holder))
    return credentials(server, holder)


def credentials(server: AlipayServer, holder: AlipayApp) -> JsonObject:
    """What the app's owner may know: all but the private key Alipay signs with."""
    known = asdict(holder)
    for name in ("alipay_private_key_pem", "expired_alipay_certificate_pem"):
        del known[name]
    return known | {
        "app_private_key_pem": holder.app_private_key_pem or None,
        "root_certificates_pem": server.identity.root_certificates_pem,
    }


def _with_own_key(server: AlipayServer, holder: AlipayApp, public_key_pem: str | None) -> AlipayApp:
    if public_key_pem is None:
        return holder
    try:
        certificate = authority.issue_certificate_pem(
            server.identity.authority_private_key_pem, public_key_pem, owner=holder.app_id
        )
    except (TypeError, ValueError) as error:
        raise NotPossible("app_public_key_pem is not an RSA public key in PEM.") from error
    # The caller has the private key, and nobody else.
    return replace(holder, app_private_key_pem="", app_certificate_pem=certificate)


def _with_authorization(holder: AlipayApp, acts_for: object) -> AlipayApp:
    if acts_for is None:
        return holder
    if not isinstance(acts_for, dict) or acts_for.keys() != {"app_id", "seller_id"}:
        raise NotPossible('acts_for must be {"app_id", "seller_id"}.')
    return replace(
        holder,
        app_auth_token=new_app_auth_token(),
        auth_app_id=_digits(acts_for["app_id"], "acts_for.app_id"),
        auth_seller_id=_account(acts_for["seller_id"]),
    )


def _digits(value: object, name: str) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[0-9]{1,32}", value) is None:
        raise NotPossible(f"{name} must be up to 32 digits.")
    return value


def _account(value: object) -> str:
    if not isinstance(value, str) or re.fullmatch(r"2088[0-9]{12}", value) is None:
        raise NotPossible("seller_id must be 2088 and twelve more digits.")
    return value


def _new_app_id(server: AlipayServer) -> str:
    return f"90210002{server.next_number('app'):08d}"


def _new_seller_id(server: AlipayServer) -> str:
    return f"20882602{server.next_number('seller'):08d}"
