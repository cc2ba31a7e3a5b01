"""The identity file: made once, whoever comes first, and its secrets stay out of sight."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography import x509

from gateway.sandbox.identity import load_or_create


def test_second_reader_gets_the_same_identity(tmp_path: Path) -> None:
    assert load_or_create(tmp_path / "new") == load_or_create(tmp_path / "new")


def test_two_programs_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: load_or_create(tmp_path), range(4)))

    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["identity.json"]


def test_serial_is_that_of_the_certificate(tmp_path: Path) -> None:
    for holder in (
        load_or_create(tmp_path).wechat.merchant,
        load_or_create(tmp_path).wechat.service_provider,
    ):
        certificate = x509.load_pem_x509_certificate(holder.certificate_pem.encode())
        assert holder.serial_no == f"{certificate.serial_number:X}"
        assert len(holder.serial_no) == 40


def test_secrets_do_not_show_in_a_repr(tmp_path: Path) -> None:
    identity = load_or_create(tmp_path)

    shown = repr(identity)

    assert "PRIVATE KEY" not in shown
    assert identity.wechat.merchant.apiv3_key not in shown
    assert identity.wechat.merchant.app_secret not in shown


def test_channel_the_file_does_not_know_yet_is_added(tmp_path: Path) -> None:
    before = load_or_create(tmp_path)
    path = tmp_path / "identity.json"
    document = json.loads(path.read_text())
    del document["alipay"]
    path.write_text(json.dumps(document))

    after = load_or_create(tmp_path)

    assert after.wechat == before.wechat
    assert after.alipay.merchant.app_id == before.alipay.merchant.app_id
    assert after.alipay != before.alipay
    assert path.stat().st_mode & 0o777 == 0o600


def test_credential_the_file_does_not_know_yet_is_added_and_kept(tmp_path: Path) -> None:
    before = load_or_create(tmp_path)
    path = tmp_path / "identity.json"
    document = json.loads(path.read_text())
    del document["wechat"]["merchant"]["app_secret"]
    path.write_text(json.dumps(document))

    after = load_or_create(tmp_path)

    assert len(after.wechat.merchant.app_secret) == 32
    assert after.wechat.merchant.app_secret != before.wechat.merchant.app_secret
    assert after.wechat.merchant.apiv3_key == before.wechat.merchant.apiv3_key
    assert after.wechat.service_provider == before.wechat.service_provider
    assert load_or_create(tmp_path) == after


def test_secrets_of_alipay_do_not_show_in_a_repr(tmp_path: Path) -> None:
    provider = load_or_create(tmp_path).alipay.service_provider

    assert str(provider.app_auth_token) not in repr(provider)
    assert provider.app_private_key_pem not in repr(provider)
