"""GET /v3/certificates and the change from one platform certificate to the next."""

from cryptography import x509

from tests.sandbox.merchant import Merchant, decrypt
from tests.sandbox.process import Sandbox


def _listed(merchant: Merchant) -> list[str]:
    entries = merchant.get("/v3/certificates").json()["data"]
    for entry in entries:
        plain = decrypt(entry["encrypt_certificate"], merchant.holder.apiv3_key)
        assert f"{x509.load_pem_x509_certificate(plain).serial_number:040X}" == entry["serial_no"]
        assert entry["effective_time"].endswith("+08:00")
    return [entry["serial_no"] for entry in entries]


def test_new_certificate_is_listed_first_and_signs_once_effective(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    sandbox.settle(signing_mode="certificate")
    old = merchant.get("/v3/certificates").headers["Wechatpay-Serial"]

    new = sandbox.control("wechat/certificates/rotate", {"effective_in_seconds": 3600})

    assert {old, new["serial_no"]} <= set(_listed(merchant))
    assert merchant.get("/v3/certificates").headers["Wechatpay-Serial"] == old
    sandbox.control("clock", {"advance_seconds": 3601})
    assert merchant.get("/v3/certificates").headers["Wechatpay-Serial"] == new["serial_no"]


def test_of_several_in_one_second_the_last_signs(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.settle(signing_mode="certificate")
    made = [sandbox.control("wechat/certificates/rotate")["serial_no"] for _ in range(5)]

    assert merchant.get("/v3/certificates").headers["Wechatpay-Serial"] == made[-1]


def test_reset_takes_an_announced_certificate_back(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.settle(signing_mode="certificate")
    announced = sandbox.control("wechat/certificates/rotate", {"effective_in_seconds": 3600})

    sandbox.control("reset")

    assert announced["serial_no"] not in _listed(merchant)


def test_merchant_without_certificates_is_sent_to_the_public_key(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    sandbox.settle(certificates_available=False)

    response = merchant.get("/v3/certificates")

    assert (response.status_code, response.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")
