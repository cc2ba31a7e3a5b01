"""Doing what a run says, one row at a time, each exactly once.

What is done to a row of ours commits together with the row's result: a worker that dies leaves
neither. A call to a channel cannot be undone, so such an action bears to be run again. Who wants it
is asked anew for each row: a role may have been taken away since.
"""

import logging
import traceback
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from gateway.contract import ConfigurationError
from merchants.audit.differences import values_of
from merchants.audit.recording import Who
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.operators.audit.deeds import msgid, note_act
from paycenter.operators.bulk.deed import Deed, Failed, Skipped, Wish
from paycenter.operators.bulk.judging import NOT_ALLOWED, deed_of, judge
from paycenter.operators.bulk.models import BulkItem, BulkRun
from paycenter.operators.columns import Text

logger = logging.getLogger(__name__)

OUR_FAULT = _("Something went wrong here. The log says what.")
WRONG_SET_UP = _("The account cannot work as it is set up.")


def work_on(item_id: int) -> None:
    """Do what a run says to one row, unless it has a result or nobody has confirmed it.

    What the database refuses for now (``OperationalError``) is raised: the row stays due.
    """
    item = BulkItem.objects.select_related("run").get(pk=item_id)
    try:
        deed = deed_of(item.run)
        if deed.at_channel:
            _call(deed, item)
        else:
            _change(deed, item)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 (one row that goes wrong stops no other)
        _log(item, error)
        _end(item, Failed(OUR_FAULT))


def _log(item: BulkItem, error: Exception) -> None:
    """Say what went wrong and where. What the error says may quote a row: a payer is in it."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    name = type(error).__name__
    logger.error("row %s of bulk run %s: %s\n%s", item.row_id, item.run_id, name, frames)


@transaction.atomic
def _change(deed: Deed, item: BulkItem) -> None:
    """Change a row of ours: the result and the change are one transaction."""
    due = BulkItem.objects.select_for_update(skip_locked=True).filter(due_at__isnull=False)
    if not due.filter(pk=item.pk).exists():
        return
    try:
        with transaction.atomic():
            result = _do(deed, item)
    except (Skipped, ValidationError, Problem) as refusal:
        _end(item, _as_result(refusal))
    else:
        _end(item, result)


def _call(deed: Deed, item: BulkItem) -> None:
    """Have a channel do something, with no transaction open; then write the result."""
    if item.due_at is None:
        return
    try:
        result = _do(deed, item)
    except (Skipped, ValidationError, Problem, ConfigurationError) as refusal:
        _end(item, _as_result(refusal))
    else:
        _end(item, result)


def _do(deed: Deed, item: BulkItem) -> Text:
    """Judge a row again, do it and write it down as if it were done alone."""
    run = item.run
    person: Any = get_user_model()._default_manager.get(pk=run.person_id)
    if not (person.is_active and person.is_staff):
        raise Skipped(NOT_ALLOWED)
    judged = judge(deed, [item], person)[item.pk]
    if judged.why_not:
        raise Skipped(judged.why_not)
    name, before = person.get_username(), values_of(judged.row)
    result = deed.do(judged.row, Wish(by=name, why=run.note, seen=item.seen))
    who = Who(person.pk, name, run.address)
    note_act(who, judged.row, before, detail=deed.told, reason=run.note)
    return result


def _as_result(refusal: Exception) -> Skipped:
    match refusal:
        case Skipped():
            return refusal
        case ValidationError():
            with translation.override(None):  # kept as it is written here, read in any language
                return Failed(" ".join(refusal.messages))
        case Problem():
            return Failed(refusal.detail)
    return Failed(WRONG_SET_UP)


@transaction.atomic
def _end(item: BulkItem, result: Text | Skipped) -> None:
    """Write the result of a row, unless it has one; the run that has no other left is finished."""
    state, text = _written(result)
    mine = BulkItem.objects.filter(pk=item.pk, due_at__isnull=False)
    if not mine.update(state=state, text=msgid(text)[:200], due_at=None):
        return
    run = BulkRun.objects.filter(pk=item.run_id)
    run.update(**{state.value: F(state.value) + 1})
    run.filter(total=F("done") + F("skipped") + F("failed")).update(
        state=BulkRun.State.FINISHED, finished_at=now()
    )


def _written(result: Text | Skipped) -> tuple[BulkItem.State, Text]:
    match result:
        case Failed():
            return BulkItem.State.FAILED, result.text
        case Skipped():
            return BulkItem.State.SKIPPED, result.text
    return BulkItem.State.DONE, result
