"""What Alipay says of splits, turned into the center's reports; reads verified messages only.

Rules: Alipay Open Platform, "alipay.trade.order.settle.query", "onsettle.query",
"royalty.rate.query". An answer is compared with what was asked: one about another number or
another amount is unreadable.
"""

from collections.abc import Callable, Sequence
from functools import partial

from gateway.channels.alipay.parsing import Json, Unreadable, fen, moment, number, text, words
from gateway.channels.alipay.split_statuses import SHARE_STATES, TRANSFER
from gateway.messages import Failure, Outcome
from gateway.split_messages import Share, ShareReport, SplitReport, SplitRequest
from paycenter.kernel.money import parse_yuan

_PPM_OF_A_PERCENT = 10_000
_EXPLAINED = frozenset({Outcome.FAILED, Outcome.UNKNOWN})


def split_report(request: SplitRequest, data: Json) -> SplitReport:
    """Read what a query tells of a split. Raises ``Unreadable``.

    Without any share, nothing is known under this number. Alipay's own number is told in the answer
    to the split only.
    """
    if number(data, "out_request_no") not in ("", request.split_serial_no):
        raise Unreadable("it is about another split")
    details = _transfers(data)
    if not details:
        missing = Failure("no_such_split", "")
        return SplitReport(Outcome.UNKNOWN, request.split_serial_no, missing=True, failure=missing)
    shares = _share_reports(request.shares, details)
    return SplitReport(_outcome(shares), request.split_serial_no, shares=shares)


def left_amount(data: Json) -> int:
    """Read how many fen can still be split. Raises ``Unreadable``."""
    amount = fen(data, "unsettled_amount")
    if amount is None:
        raise Unreadable("unsettled_amount is missing")
    return amount


def max_ratio(data: Json) -> int:
    """Read how much may be split, in parts per million; Alipay counts in percent."""
    ratio = data.get("max_ratio")
    if type(ratio) is not int:
        raise Unreadable("max_ratio is not a number of percent")
    return ratio * _PPM_OF_A_PERCENT


def _transfers(data: Json) -> list[Json]:
    details = data.get("royalty_detail_list") or []
    if not isinstance(details, list) or not all(isinstance(one, dict) for one in details):
        raise Unreadable("royalty_detail_list is not a list of objects")
    return [one for one in details if text(one, "operation_type") == TRANSFER]


def _share_reports(shares: Sequence[Share], details: Sequence[Json]) -> tuple[ShareReport, ...]:
    """Give each share the detail of its account.

    Alipay may name a receiver by another of its accounts than it was asked with. Such details are
    told apart by their amounts, and only where all of them ended alike, so that a mistake would
    change nothing.
    """
    if len(details) != len(shares):
        raise Unreadable("it tells of more or fewer shares than were asked for")
    left = list(details)
    named = {share: _take(left, partial(_is_of, share.receiver.account)) for share in shares}
    if len({text(detail, "state") for detail in left}) > 1:
        raise Unreadable("it names other receivers than were asked for")
    return tuple(
        _share_report(share, named[share] or _take(left, partial(_is_worth, share.amount)))
        for share in shares
    )


def _take(details: list[Json], fits: Callable[[Json], bool]) -> Json | None:
    """Take the first detail that fits out of the list."""
    for place, detail in enumerate(details):
        if fits(detail):
            return details.pop(place)
    return None


def _is_of(account: str, detail: Json) -> bool:
    return account in (text(detail, "trans_in_open_id"), text(detail, "trans_in"))


def _is_worth(amount: int, detail: Json) -> bool:
    return _amount(detail) == amount


def _share_report(share: Share, detail: Json | None) -> ShareReport:
    if detail is None or not _is_worth(share.amount, detail):
        raise Unreadable("a share has another amount")
    outcome = SHARE_STATES.get(text(detail, "state"), Outcome.UNKNOWN)
    return ShareReport(
        share.receiver,
        share.amount,
        outcome,
        channel_share_no=number(detail, "detail_id"),
        finished_at=moment(detail, "execute_dt") if outcome is Outcome.SUCCEEDED else None,
        failure=_failure(detail) if outcome in _EXPLAINED else None,
    )


def _amount(detail: Json) -> int:
    """Return the fen of a share; the documents show its yuan with quotes and without."""
    try:
        return parse_yuan(str(detail.get("amount")))
    except ValueError:
        raise Unreadable("amount is not an amount of yuan") from None


def _outcome(shares: Sequence[ShareReport]) -> Outcome:
    told = {share.outcome for share in shares}
    if Outcome.UNKNOWN in told:
        return Outcome.UNKNOWN
    return Outcome.PENDING if Outcome.PENDING in told else Outcome.SUCCEEDED


def _failure(detail: Json) -> Failure:
    code = words(detail.get("error_code"), 64) or words(detail.get("state"), 64) or "no_reason"
    return Failure(code, words(detail.get("error_desc")))
