"""Relations: only accounts that are bound to a seller receive shares of it."""

from typing import Any

import pytest

from tests.sandbox.alipay.merchant import Merchant
from tests.sandbox.alipay.sharing import BRANCH, HEADQUARTERS, MANAGER, Sharer
from tests.sandbox.process import Sandbox

INVALID_PARAMETER = "40004:ACQ.INVALID_PARAMETER"


def test_binding_twice_and_unbinding_twice_changes_nothing(sharer: Sharer) -> None:
    assert sharer.bind(HEADQUARTERS).node["result_code"] == "SUCCESS"
    assert sharer.bound()["total_record_num"] == 3
    for _ in range(2):
        assert sharer.unbind(HEADQUARTERS).node["result_code"] == "SUCCESS"
    accounts = [one["account"] for one in sharer.bound()["receiver_list"]]
    assert accounts == [BRANCH, MANAGER]
    refused = sharer.split(sharer.paid(), (HEADQUARTERS, "1"))
    assert refused.code == "40004:ACQ.ROYALTY_RECEIVER_INVALID"


def test_relations_are_told_page_by_page(sharer: Sharer) -> None:
    sharer.bind(BRANCH, memo="分公司")

    second = sharer.bound(page_num=2, page_size=2)

    assert (second["total_page_num"], second["current_page_num"]) == (2, 2)
    (last,) = second["receiver_list"]
    assert last == {"type": "loginName", "account": MANAGER}
    first = sharer.bound(page_num=1, page_size=2)
    assert first["receiver_list"][1] == {"type": "userId", "account": BRANCH, "memo": "分公司"}


@pytest.mark.parametrize(
    "page", [{"page_num": 0}, {"page_num": "1"}, {"page_size": 0}, {"page_size": 101}]
)
def test_impossible_page_is_refused(sharer: Sharer, page: dict[str, Any]) -> None:
    assert sharer.bound(**page)["sub_code"] == "ACQ.INVALID_PARAMETER"


def test_seller_shares_with_its_own_relations_only(sandbox: Sandbox, sharer: Sharer) -> None:
    other = sandbox.identity.alipay.service_provider
    stranger = Sharer(
        sandbox, Merchant(sandbox.url, other, app_auth_token=str(other.app_auth_token))
    )

    assert stranger.bound()["total_record_num"] == 0
    refused = stranger.split(stranger.paid(), (HEADQUARTERS, "1"))
    assert refused.code == "40004:ACQ.ROYALTY_RECEIVER_INVALID"


@pytest.mark.parametrize(
    "changes",
    [{"type": "cat"}, {"type": "loginName"}, {"account": ""}, {"memo": "x" * 65}, {"name": ""}],
)
def test_wrong_member_is_refused(sharer: Sharer, changes: dict[str, str]) -> None:
    assert sharer.bind("2088101117955633", **changes).code == INVALID_PARAMETER


@pytest.mark.parametrize("count", [0, 21])
def test_twenty_receivers_are_bound_at_once_at_most(sharer: Sharer, count: int) -> None:
    entities = [{"type": "userId", "account": f"2088{number:012}"} for number in range(count)]
    biz = {"out_request_no": "B1", "receiver_list": entities}

    assert sharer.merchant.call("royalty.relation.bind", biz).code == INVALID_PARAMETER


def test_name_of_an_account_is_checked_where_it_is_known(sandbox: Sandbox, sharer: Sharer) -> None:
    sandbox.control("alipay/receivers", {"account": MANAGER, "name": "李小红"})

    assert sharer.bind(MANAGER).code == "40004:ACQ.USERNAME_NOT_MATCH"
    assert sharer.bind(MANAGER, name="李小红").code == "10000"
