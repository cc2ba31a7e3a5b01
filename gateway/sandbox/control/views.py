"""The control API shared by all channels: faults, the virtual clock, reset."""

import inspect
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from gateway.sandbox.channels import CHANNELS, SandboxChannel
from gateway.sandbox.control.door import ControlError, JsonObject, Member, control
from gateway.sandbox.faults import ANY, ActiveFault, Fault
from gateway.sandbox.world import reset as reset_world
from gateway.sandbox.world import world

_TEN_YEARS = 10 * 365 * 24 * 3600
_NO_FIELDS: Mapping[str, Member] = {}


def _list_faults(_: JsonObject) -> JsonObject:
    return {"data": [asdict(active) for active in world().engine.faults.all()]}


def _add_fault(body: JsonObject) -> JsonObject:
    channel = _channel(body["channel"])
    fault = channel.menu.get(body["fault"])
    if fault is None:
        raise ControlError(400, "unknown_fault", f"The menu has: {', '.join(channel.menu)}.")
    _check_operation(fault, body["operation"], channel)
    times, probability = body["times"], body["probability"]
    if times is not None and times < 1:
        raise ControlError(400, "invalid_times", "times is 1 or more, or null for ever.")
    if not 0 < probability <= 1:
        raise ControlError(400, "invalid_probability", "probability lies above 0, up to 1.")
    active = ActiveFault(
        id="",
        channel=body["channel"],
        operation=body["operation"],
        fault=body["fault"],
        remaining=times,
        probability=probability,
        seconds=body["seconds"],
    )
    return asdict(world().engine.faults.add(active))


def _clear_faults(_: JsonObject) -> JsonObject:
    world().engine.faults.clear()
    return {"data": []}


def _print_menu(_: JsonObject) -> JsonObject:
    return {
        code: [_menu_entry(fault, channel) for fault in channel.menu.values()]
        for code, channel in CHANNELS.items()
    }


def _menu_entry(fault: type[Fault], channel: SandboxChannel) -> JsonObject:
    return {
        "fault": fault.name,
        "operations": _befallen(fault, channel),
        "meaning": inspect.getdoc(fault),
    }


def _tell_clock(_: JsonObject) -> JsonObject:
    clock = world().engine.clock
    now = datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="seconds")
    return {"now": now, "ahead_seconds": round(clock.offset(), 3)}


def _advance_clock(body: JsonObject) -> JsonObject:
    if not 0 <= body["advance_seconds"] <= _TEN_YEARS:
        raise ControlError(
            400, "invalid_advance", "Between 0 and ten years; POST /control/reset goes back."
        )
    world().engine.agenda.advance(body["advance_seconds"])
    return _tell_clock({})


def _reset(_: JsonObject) -> JsonObject:
    reset_world()
    return _tell_clock({})


def _channel(code: str) -> SandboxChannel:
    if code not in CHANNELS:
        raise ControlError(400, "unknown_channel", f"The channels are: {', '.join(CHANNELS)}.")
    return CHANNELS[code]


def _check_operation(fault: type[Fault], operation: str, channel: SandboxChannel) -> None:
    possible = [ANY, *_befallen(fault, channel)]
    if operation not in possible:
        raise ControlError(
            400, "unknown_operation", f"{fault.name} can befall: {', '.join(possible)}."
        )


def _befallen(fault: type[Fault], channel: SandboxChannel) -> list[str]:
    return [operation for operation in channel.operations if fault().befalls(operation)]


_NUMBER = (int, float)
_FAULT_FIELDS = {
    "channel": Member((str,)),
    "operation": Member((str,), ANY),
    "fault": Member((str,)),
    "times": Member((int, type(None)), 1),
    "probability": Member(_NUMBER, 1.0),
    "seconds": Member(_NUMBER, 1.0),
}

faults = control(
    GET=(_list_faults, _NO_FIELDS),
    POST=(_add_fault, _FAULT_FIELDS),
    DELETE=(_clear_faults, _NO_FIELDS),
)
fault_menu = control(GET=(_print_menu, _NO_FIELDS))
clock = control(
    GET=(_tell_clock, _NO_FIELDS),
    POST=(_advance_clock, {"advance_seconds": Member(_NUMBER)}),
)
reset = control(POST=(_reset, _NO_FIELDS))
