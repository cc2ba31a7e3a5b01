"""Relations between a seller and the accounts it shares with, and how much it may share."""

from gateway.sandbox.alipay import fields
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.errors import failed, invalid_parameter
from gateway.sandbox.alipay.records import JsonObject
from gateway.sandbox.alipay.settle_records import Relation, relation_key

_DONE = {"result_code": "SUCCESS"}
_LARGEST_PAGE = 100


def bind(call: Call) -> JsonObject:
    """alipay.trade.royalty.relation.bind: one that is bound already is bound again."""
    biz = call.read_biz(fields.RELATION)
    with call.server.atomic():
        for entity in biz["receiver_list"]:
            _check_name(call, entity)
            call.server.relations.put(
                Relation(
                    call.principal.seller_id,
                    entity["type"],
                    entity["account"],
                    memo=entity.get("memo", ""),
                )
            )
    return _DONE


def unbind(call: Call) -> JsonObject:
    """alipay.trade.royalty.relation.unbind: what is not bound need not be unbound."""
    biz = call.read_biz(fields.RELATION)
    with call.server.atomic():
        for entity in biz["receiver_list"]:
            seller_id = call.principal.seller_id
            key = relation_key(seller_id, entity["type"], entity["account"])
            call.server.relations.remove(key)
    return _DONE


def list_bound(call: Call) -> JsonObject:
    """alipay.trade.royalty.relation.batchquery: the relations of a seller, page by page."""
    biz = call.read_biz(fields.RELATION_QUERY)
    page, size = biz.get("page_num", 1), biz.get("page_size", 20)
    if type(page) is not int or type(size) is not int or page < 1:
        raise invalid_parameter("page_num和page_size必须为正整数")
    if not 1 <= size <= _LARGEST_PAGE:
        raise invalid_parameter(f"page_size必须在1到{_LARGEST_PAGE}之间")
    seller_id = call.principal.seller_id
    bound = [one for one in call.server.relations.all() if one.seller_id == seller_id]
    return {
        **_DONE,
        "receiver_list": [_document(one) for one in bound[(page - 1) * size : page * size]],
        "total_page_num": -(-len(bound) // size),
        "total_record_num": len(bound),
        "current_page_num": page,
        "current_page_size": size,
    }


def tell_ratio(call: Call) -> JsonObject:
    """alipay.trade.royalty.rate.query: how many percent of a trade may be shared."""
    call.read_biz(fields.RELATION_QUERY)
    return {"user_id": call.principal.seller_id, "max_ratio": call.server.switches.max_ratio}


def _check_name(call: Call, entity: JsonObject) -> None:
    if entity["type"] == "loginName" and not entity.get("name"):
        raise invalid_parameter("分账方类型为loginName时name必传")
    known = call.server.royalty_account(entity["account"]).name
    if known and entity.get("name") not in (None, known):
        raise failed("USERNAME_NOT_MATCH", "姓名与账号不匹配")


def _document(relation: Relation) -> JsonObject:
    document = {"type": relation.type, "account": relation.account}
    return document | ({"memo": relation.memo} if relation.memo else {})
