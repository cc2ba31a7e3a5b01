"""What every fault must end in: our books, the channel's books and the application agree, once."""

from collections import Counter

from tests.faults.application import Application, Told
from tests.faults.channel import Books, Channel
from tests.faults.waiting import eventually


def assert_agreement(application: Application, channel: Channel, order_no: str) -> None:
    """Wait until everybody says the same about a paid order.

    The channel's books and ours have the same payments and refunds in the same states, at most
    one payment took money, and the application saw and received each result exactly once.
    """
    eventually(lambda: _books_agree(application, channel, order_no))
    expected = results(application.accounts(order_no))
    eventually(lambda: _was_told(application, order_no, expected))


def assert_paid_and_refunded(
    application: Application, channel: Channel, order_no: str, *, refunded: int
) -> None:
    """Wait for a paid order with ``refunded`` fen returned, on which everybody agrees."""

    def check() -> None:
        order = application.order(order_no)
        settled = "partially_refunded" if refunded else "paid"
        assert (order["state"], order["refunded_amount"]) == (settled, refunded)

    eventually(check)
    assert_agreement(application, channel, order_no)


def _books_agree(application: Application, channel: Channel, order_no: str) -> None:
    ours = application.accounts(order_no)
    theirs = in_our_words(channel.books())
    assert ours == {number: line for number, line in theirs.items() if number in ours}
    assert sum(payment["state"] == "succeeded" for payment in ours.values()) <= 1


def in_our_words(books: Books) -> Books:
    """Return the channel's books with only what we know of, too."""
    return {
        serial_no: {
            "channel_serial_no": line["channel_serial_no"],
            "amount": line["amount"],
            "state": line["state"],
            "refunds": {
                refund["refund_serial_no"]: (refund["state"], refund["amount"])
                for refund in line["refunds"]
            },
        }
        for serial_no, line in books.items()
    }


def results(accounts: Books) -> Told:
    """Return the events that must exist once for these final states."""
    payments = [("payment", number, payment["state"]) for number, payment in accounts.items()]
    refunds = [
        ("refund", number, state)
        for payment in accounts.values()
        for number, (state, _) in payment["refunds"].items()
    ]
    final = {"succeeded", "failed", "closed"}
    return Counter(
        (f"{kind}.{state}", number) for kind, number, state in payments + refunds if state in final
    )


def _was_told(application: Application, order_no: str, expected: Told) -> None:
    assert application.told(order_no) == expected
    assert application.notified(order_no) == expected
