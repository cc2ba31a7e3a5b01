"""The identity file: made once, whoever comes first, and its secrets stay out of sight."""

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
