"""What people enter about applications is checked before it is saved."""

import pytest
from django.core.exceptions import ValidationError

from merchants.validators import validate_hostname, validate_network


@pytest.mark.parametrize("text", ["203.0.113.0/24", "203.0.113.7", "2001:db8::/32"])
def test_networks(text: str) -> None:
    validate_network(text)


@pytest.mark.parametrize("text", ["", "203.0.113.0/33", "203.0.113.1/24", "everybody", "*"])
def test_no_networks(text: str) -> None:
    with pytest.raises(ValidationError):
        validate_network(text)


@pytest.mark.parametrize("text", ["pay.example.com", "localhost", "a-1.cn"])
def test_host_names(text: str) -> None:
    validate_hostname(text)


@pytest.mark.parametrize(
    "text", ["", "Pay.example.com", "https://a.cn", "a.cn:443", "a.cn/", "-a.cn", "a..cn", "*.a.cn"]
)
def test_no_host_names(text: str) -> None:
    with pytest.raises(ValidationError):
        validate_hostname(text)
