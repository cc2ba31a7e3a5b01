"""Serial numbers as Alipay computes them, and which chains lead to a root."""

from gateway.channels.alipay.certificates import (
    certificates_in,
    leads_to,
    organisations_of,
    root_sn_of,
    rsa_roots_in,
    sn_of,
)
from tests.gateway.channels.alipay import authority
from tests.gateway.channels.alipay.peer import VECTORS, certificates

VECTOR = VECTORS["cert_sn"]
BROKEN = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def test_serial_number_is_the_one_other_kits_compute() -> None:
    for kind in ("app", "alipay"):
        (certificate,) = certificates_in(VECTOR[f"{kind}_cert_pem"])
        assert sn_of(certificate) == VECTOR[f"{kind}_cert"]["sn"]


def test_serial_numbers_of_the_rsa_roots_are_joined_in_the_order_of_the_file() -> None:
    roots = rsa_roots_in(VECTOR["root_cert_file"])
    assert root_sn_of(roots) == VECTOR["root_cert_sn"]
    assert len(certificates_in(VECTOR["root_cert_file"])) == len(roots) + 1


def test_certificate_that_cannot_be_read_is_passed_over() -> None:
    file = VECTOR["root_cert_file"]
    assert root_sn_of(rsa_roots_in(BROKEN + file)) == VECTOR["root_cert_sn"]


def test_leaf_directly_below_a_root_leads_to_it() -> None:
    roots = rsa_roots_in(VECTOR["root_cert_file"])
    (leaf,) = certificates_in(VECTOR["alipay_cert_pem"])
    assert leads_to(roots, leaf, [])


class TestChains:
    root = certificates().root
    intermediate = certificates().intermediate
    key = authority.new_key().public_key()
    leaf = intermediate.issue(authority.named("leaf"), key)

    def test_leaf_below_an_intermediate_leads_to_the_root(self) -> None:
        assert leads_to([self.root.certificate], self.leaf, [self.intermediate.certificate])

    def test_chain_with_a_gap_leads_nowhere(self) -> None:
        assert not leads_to([self.root.certificate], self.leaf, [])

    def test_another_root_of_the_same_name_is_not_the_root(self) -> None:
        same_name = authority.root("Ant Test Authority R1").certificate
        assert not leads_to([same_name], self.leaf, [self.intermediate.certificate])

    def test_merchant_with_a_certificate_may_not_issue_another(self) -> None:
        merchant_key = authority.new_key()
        name = authority.named("merchant", "Merchant")
        merchants = self.intermediate.issue(name, merchant_key.public_key())
        forged = authority.Authority(name, merchant_key, merchants).issue(
            authority.named("Alipay"), self.key
        )
        between = [merchants, self.intermediate.certificate]
        assert not leads_to([self.root.certificate], forged, between)

    def test_certificates_that_vouch_for_each_other_end(self) -> None:
        circle = authority.root("circle")
        assert not leads_to([self.root.certificate], circle.certificate, [circle.certificate])

    def test_organisation_is_read_from_the_subject(self) -> None:
        assert organisations_of(self.leaf) == {"Ant Test"}
