"""What WeChat Pay says of splits, turned into the center's reports; reads verified messages only.

Rules: WeChat Pay APIv3, "Request profit sharing", "Query profit sharing", "Unfreeze the rest",
"Return". An answer is compared with what was asked: one about another number, another receiver or
another amount is unreadable. Where the rest is released, the payee itself stands among the
receivers.
"""

from collections.abc import Sequence

from gateway.channels.wechat.parsing import (
    Json,
    Unreadable,
    fen,
    moment,
    number,
    required_text,
    text,
    words,
)
from gateway.channels.wechat.split_statuses import RETURN_RESULTS, SHARE_RESULTS, SPLIT_STATES
from gateway.channels.wechat.split_wire import MERCHANT, receiver_members
from gateway.messages import ChannelAccount, Failure, Outcome, PaymentRef
from gateway.split_messages import (
    ReleaseReport,
    ReleaseRequest,
    ReturnReport,
    ReturnRequest,
    Share,
    ShareReport,
    SplitReport,
    SplitRequest,
)

_PPM_OF_A_BASIS_POINT = 100
_EXPLAINED = frozenset({Outcome.FAILED, Outcome.UNKNOWN})
_REASONS = ("fail_reason", "result", "state")
_Key = tuple[str, str]


def split_report(account: ChannelAccount, request: SplitRequest, data: Json) -> SplitReport:
    """Read a split, as its sending and its query answer it. Raises ``Unreadable``."""
    _check_order(account, request.payment, request.split_serial_no, data)
    state = required_text(data, "state")
    lines = _lines(data)
    rest = lines.pop(_own_line(account), None)
    shares = _share_reports(account, request.shares, lines)
    return SplitReport(
        _outcome(state, shares),
        request.split_serial_no,
        channel_split_no=number(data, "order_id"),
        shares=shares,
        released=fen(rest, "amount") if rest and _is_done(rest) else None,
        failure=None if state in SPLIT_STATES else Failure(words(state, 64), ""),
    )


def release_report(account: ChannelAccount, request: ReleaseRequest, data: Json) -> ReleaseReport:
    """Read a release: an order of its own whose one receiver is the payee. Raises ``Unreadable``.

    Finished without a receiver, there was nothing to free.
    """
    _check_order(account, request.payment, request.release_serial_no, data)
    outcome = SPLIT_STATES.get(required_text(data, "state"), Outcome.UNKNOWN)
    rest = _lines(data).get(_own_line(account), {})
    if rest and outcome is Outcome.SUCCEEDED:
        outcome = _result(rest)
    return ReleaseReport(
        outcome,
        request.release_serial_no,
        channel_release_no=number(data, "order_id"),
        amount=fen(rest, "amount") if outcome is Outcome.SUCCEEDED else None,
        finished_at=moment(rest, "finish_time") if outcome is Outcome.SUCCEEDED else None,
        failure=_failure(rest or data) if outcome in _EXPLAINED else None,
    )


def return_report(request: ReturnRequest, data: Json) -> ReturnReport:
    """Read a return, as its sending and its query answer it. Raises ``Unreadable``."""
    if number(data, "out_return_no", required=True) != request.return_serial_no:
        raise Unreadable("it is about another return")
    if number(data, "out_order_no", required=True) != request.split_serial_no:
        raise Unreadable("it is about another split")
    if required_text(data, "return_mchid") != request.receiver.account:
        raise Unreadable("it is about another receiver")
    if fen(data, "amount") != request.amount:
        raise Unreadable("it is about another amount")
    outcome = RETURN_RESULTS.get(required_text(data, "result"), Outcome.UNKNOWN)
    return ReturnReport(
        outcome,
        request.return_serial_no,
        channel_return_no=number(data, "return_id") or number(data, "return_no"),
        finished_at=moment(data, "finish_time") if outcome is Outcome.SUCCEEDED else None,
        failure=_failure(data) if outcome in _EXPLAINED else None,
    )


def left_amount(payment: PaymentRef, data: Json) -> int:
    """Read how many fen can still be split. Raises ``Unreadable``."""
    if number(data, "transaction_id", required=True) != payment.channel_serial_no:
        raise Unreadable("it is about another payment")
    amount = fen(data, "unsplit_amount")
    if amount is None:
        raise Unreadable("unsplit_amount is missing")
    return amount


def max_ratio(account: ChannelAccount, data: Json) -> int:
    """Read how much may be split, in parts per million; ``2000`` is 20 %. Raises ``Unreadable``."""
    if required_text(data, "sub_mchid") != account.mchid:
        raise Unreadable("it is about another merchant")
    ratio = fen(data, "max_ratio")
    if ratio is None:
        raise Unreadable("max_ratio is missing")
    return ratio * _PPM_OF_A_BASIS_POINT


def _check_order(
    account: ChannelAccount, payment: PaymentRef, out_order_no: str, data: Json
) -> None:
    if number(data, "out_order_no", required=True) != out_order_no:
        raise Unreadable("it is about another split")
    if number(data, "transaction_id", required=True) != payment.channel_serial_no:
        raise Unreadable("it is about another payment")
    if account.is_partner and text(data, "sub_mchid") not in ("", account.mchid):
        raise Unreadable("it is about another merchant")


def _lines(data: Json) -> dict[_Key, Json]:
    """Return the receivers by type and account; none are told as long as none is settled."""
    lines = data.get("receivers") or []
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Unreadable("receivers is not a list of objects")
    keyed = {(required_text(line, "type"), required_text(line, "account")): line for line in lines}
    if len(keyed) != len(lines):
        raise Unreadable("a receiver is named twice")
    return keyed


def _own_line(account: ChannelAccount) -> _Key:
    return MERCHANT, account.mchid


def _share_reports(
    account: ChannelAccount, shares: Sequence[Share], lines: dict[_Key, Json]
) -> tuple[ShareReport, ...]:
    if not lines:
        return ()
    if len(lines) != len(shares):
        raise Unreadable("it names other receivers than were asked for")
    return tuple(_share_report(account, share, lines) for share in shares)


def _share_report(account: ChannelAccount, share: Share, lines: dict[_Key, Json]) -> ShareReport:
    members = receiver_members(account, share.receiver)
    line = lines.get((members["type"], members["account"]))
    if line is None:
        raise Unreadable("it names other receivers than were asked for")
    if fen(line, "amount") != share.amount:
        raise Unreadable("a share has another amount")
    outcome = _result(line)
    return ShareReport(
        share.receiver,
        share.amount,
        outcome,
        channel_share_no=number(line, "detail_id"),
        # Before that, the time is a placeholder.
        finished_at=moment(line, "finish_time") if outcome is Outcome.SUCCEEDED else None,
        failure=_failure(line) if outcome in _EXPLAINED else None,
    )


def _outcome(state: str, shares: Sequence[ShareReport]) -> Outcome:
    """The split is done with when WeChat Pay says so and every share agrees."""
    outcome = SPLIT_STATES.get(state, Outcome.UNKNOWN)
    if outcome is Outcome.SUCCEEDED and not shares:
        raise Unreadable("it is finished without any receiver")
    told = {share.outcome for share in shares}
    if Outcome.UNKNOWN in told:
        return Outcome.UNKNOWN
    return Outcome.PENDING if Outcome.PENDING in told else outcome


def _result(line: Json) -> Outcome:
    return SHARE_RESULTS.get(required_text(line, "result"), Outcome.UNKNOWN)


def _is_done(line: Json) -> bool:
    return _result(line) is Outcome.SUCCEEDED


def _failure(line: Json) -> Failure:
    """Return the reason in the channel's one word; a new word for a result or a state is one."""
    told = next(filter(None, (words(line.get(name), 64) for name in _REASONS)), "")
    return Failure(told or "no_reason", "")
