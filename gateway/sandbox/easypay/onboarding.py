"""More merchants on request, and how the platform treats each of them."""

import re
from dataclasses import asdict, replace

from gateway.sandbox.easypay.identity import EasypayMerchant, new_merchant
from gateway.sandbox.easypay.records import JsonObject
from gateway.sandbox.easypay.server import EasypayServer, merchant_record
from gateway.sandbox.easypay.signing import load_public_key
from gateway.sandbox.refusal import NotPossible

_PROFILE = ("key_suffix", "refund_success", "rsa_only", "refunds_enabled")
_CHOICES = {"key_suffix": ("plain", "ampersand"), "refund_success": (0, 1)}
_FIRST_NEW_PID = 1000


def register(server: EasypayServer, wanted: JsonObject) -> JsonObject:
    """Admit a merchant and hand out its credentials.

    ``wanted`` may name pid, name, key, public_key_pem and the members of a profile; what is
    missing or null is made up. With a public key of the caller's own the answer carries no private
    key. Raises NotPossible for what no platform would admit.
    """
    pid = wanted["pid"] or str(_FIRST_NEW_PID + server.next_number("merchant"))
    if re.fullmatch(r"[1-9][0-9]{3,8}", pid) is None:
        raise NotPossible("pid must be a number from 1000 on.")
    if server.merchants.get(pid) is not None:
        raise NotPossible(f"The merchant {pid} exists already.")
    made_up = new_merchant(pid, name=wanted["name"] or f"Sandbox Merchant {pid}")
    holder = replace(made_up, **_own(wanted))
    with server.atomic():
        server.merchants.put(merchant_record(holder))
        profile = change_profile(server, pid, {name: wanted[name] for name in _PROFILE})
    return _credentials(server, holder) | profile


def change_profile(server: EasypayServer, pid: str, changes: JsonObject) -> JsonObject:
    """Treat a merchant otherwise from now on; null leaves a member alone. Raises NotPossible."""
    if server.merchants.get(pid) is None:
        raise NotPossible(f"There is no merchant {pid}.")
    given = {name: value for name, value in changes.items() if value is not None}
    for name, choices in _CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            known = ", ".join(str(choice) for choice in choices)
            raise NotPossible(f"{name} is one of {known}.")
    with server.atomic():
        profile = replace(server.profile(pid), **given)
        server.set_profile(profile)
    return asdict(profile)


def _own(wanted: JsonObject) -> dict[str, str]:
    """What the caller brought along replaces what was made up."""
    own: dict[str, str] = {}
    if wanted["key"]:
        own["key"] = wanted["key"]
    if wanted["public_key_pem"]:
        try:
            load_public_key(wanted["public_key_pem"])
        except ValueError as error:
            raise NotPossible("public_key_pem is not an RSA public key in PEM.") from error
        own["public_key_pem"] = wanted["public_key_pem"]
        own["private_key_pem"] = ""  # the caller has it, and nobody else
    return own


def _credentials(server: EasypayServer, holder: EasypayMerchant) -> JsonObject:
    known = asdict(holder) | {"private_key_pem": holder.private_key_pem or None}
    return known | {"platform_public_key_pem": server.public_key_pem}
