"""The steps of one payment account: tested, switched on, granted, and paid through once."""

from django.urls import reverse
from django.utils.translation import gettext as _

from gateway.messages import Finding
from gateway.words import ADVICE
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.kernel.money import format_yuan
from paycenter.operators.columns import moment, page_of
from paycenter.operators.onboarding.company import Company
from paycenter.operators.onboarding.owner_steps import has_keys
from paycenter.operators.onboarding.steps import Link, Section, State, Step
from paycenter.operators.returning import returning
from transactions.services.trials import Trial


def account_section(
    account: PaymentAccount, owner: ChannelMerchant, company: Company, back: str
) -> Section:
    """Return the steps about a payment account."""
    steps = (
        _entered(account, back),
        _tested(account, owner, back),
        _switched_on(account, back),
        _granted(account, company, back),
        _tried(account, company, back),
    )
    return Section(
        _("Payment account"),
        account.name,
        steps,
        channel_merchant_id=owner.pk,
        account_id=account.pk,
    )


def _entered(account: PaymentAccount, back: str) -> Step:
    url = returning(page_of(account), back)
    edit = Link(_("Edit the account"), url, "merchants.change_paymentaccount")
    note = _("The payment id, for applications:")
    return Step(_("Data"), State.DONE, note, (edit,), copy=account.payment_no)


def _tested(account: PaymentAccount, owner: ChannelMerchant, back: str) -> Step:
    title = _("Tested")
    links = (_test(account, back),)
    if account.finding == Finding.WORKS and account.tested_at:
        newest = max((row.created_at for row in owner.credentials.all()), default=None)
        if newest and newest > account.tested_at:
            note = _("Its keys were changed since the last test. Test it again.")
            return Step(title, State.TODO, note, links)
        note = _("It worked on %(moment)s.") % {"moment": moment(account.tested_at)}
        return Step(title, State.DONE, note, links)
    if account.finding:
        return Step(title, State.TODO, ADVICE[Finding(account.finding)], links)
    if not has_keys(owner):
        return Step(title, State.BLOCKED, _("It can be tested once the keys are stored."))
    note = _("Not tested yet. Testing asks the channel something harmless; no money moves.")
    return Step(title, State.TODO, note, links)


def _switched_on(account: PaymentAccount, back: str) -> Step:
    title = _("Switched on")
    if account.is_active:
        return Step(title, State.DONE, _("Applications may use it."))
    if account.finding == Finding.WORKS:
        note = _("It is switched off. Testing it switches it on.")
        return Step(title, State.TODO, note, (_test(account, back),))
    return Step(title, State.BLOCKED, _("A test that it passes switches it on."))


def _granted(account: PaymentAccount, company: Company, back: str) -> Step:
    users = [grant.application for grant in account.grants.all()]
    known = [one for one in company.applications if one not in users]
    url = returning(
        reverse("admin:merchants_grant_add"),
        back,
        payment_account=account.pk,
        application=known[0].pk if known and not users else None,
    )
    grant = Link(_("Grant it to an application"), url, "merchants.add_grant")
    title = _("Granted to an application")
    if any(user.is_active for user in users):
        return Step(title, State.DONE, ", ".join(user.name for user in users), (grant,))
    note = _(
        "No application may use it yet. If the one you want is not offered, ask a platform "
        "operator."
    )
    return Step(title, State.TODO, note, (grant,))


def _tried(account: PaymentAccount, company: Company, back: str) -> Step:
    title = _("Trial payment")
    trials = company.trials.get(account.pk, [])
    url = returning(reverse("admin:merchants_paymentaccount_trial", args=[account.pk]), back)
    amount = {"amount": f"¥{format_yuan(account.min_amount)}"}
    pay = Link(_("Trial payment of %(amount)s") % amount, url, "transactions.collect_checkout")
    paid = next((trial for trial in trials if trial.payment), None)
    if paid is not None:
        return _paid(title, paid, account, (pay, back))
    if account.is_used:  # type: ignore[attr-defined]  # annotated
        return Step(title, State.DONE, _("Residents pay through it already."), (pay,))
    is_usable = account.is_active and any(one.application.is_active for one in account.grants.all())
    if not is_usable:
        note = _("It can be paid once the account is switched on and granted.")
        return Step(title, State.BLOCKED, note)
    if trials:
        note = _("It waits for somebody to pay it.")
    else:
        note = _("Nobody has paid through it yet. Pay the least yourself, and get it back.")
    return Step(title, State.TODO, note, (pay,))


def _paid(title: str, paid: Trial, account: PaymentAccount, way: tuple[Link, str]) -> Step:
    again, back = way
    if paid.is_returned:
        return Step(title, State.DONE, _("Paid, and given back to its source."), (again,))
    url = reverse("admin:merchants_paymentaccount_refund_trial", args=[account.pk])
    give_back = Link(_("Give it back"), returning(url, back), "transactions.change_refund")
    return Step(title, State.DONE, _("Paid."), (give_back, again))


def _test(account: PaymentAccount, back: str) -> Link:
    url = returning(reverse("admin:merchants_paymentaccount_test", args=[account.pk]), back)
    return Link(_("Test and activate"), url, "merchants.change_paymentaccount")
