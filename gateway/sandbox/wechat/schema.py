"""Checks of JSON fields with the words production refuses them with.

A field knows its Chinese label, for WeChat's messages name it. Lengths are bytes of UTF-8, which
is what production counts ("字节数"), so a text of Chinese characters is at a third of the limit.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.sandbox.wechat.errors import param_error

_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Place:
    """Where a value stands: a JSON pointer and the part of the request it belongs to."""

    pointer: str
    location: str = "body"

    def at(self, name: str | int) -> "Place":
        """The place of a member."""
        return Place(f"{self.pointer}/{name}", self.location)

    def refuse(self, message: str, value: object) -> Exception:
        """The error to raise about this place."""
        shown = value if isinstance(value, str | int | float) else None
        return param_error(message, field=self.pointer, value=shown, location=self.location)


BODY = Place("/body")


@dataclass(frozen=True, kw_only=True)
class Field(ABC):
    """One value of a request."""

    label: str
    required: bool = False

    @abstractmethod
    def check(self, value: object, place: Place) -> None:
        """Raise the ApiError production would answer."""

    def _mistyped(self, kind: str, value: object, place: Place) -> Exception:
        return place.refuse(
            f"无法将 JSON 输入源“{place.pointer}”映射到目标字段“{self.label}”中，此字段需要{kind}",
            value,
        )


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """A string of ``least`` to ``most`` bytes that matches ``pattern`` as a whole."""

    most: int
    least: int = 1
    pattern: str | None = None

    def check(self, value: object, place: Place) -> None:
        """Type, length, then characters."""
        if not isinstance(value, str):
            raise self._mistyped("一个 string 类型的 Json 值", value, place)
        size = len(value.encode())
        if size < self.least:
            raise self._broken(f"字节数 {size}，小于最小值 {self.least}", value, place)
        if size > self.most:
            raise self._broken(f"字节数 {size}，大于最大值 {self.most}", value, place)
        if self.pattern is not None and re.fullmatch(self.pattern, value) is None:
            raise self._broken(f"字符串必须匹配正则表达式“^{self.pattern}$”", value, place)

    def _broken(self, rule: str, value: str, place: Place) -> Exception:
        return place.refuse(
            f"输入源“{place.pointer}”映射到值字段“{self.label}”字符串规则校验失败，{rule}", value
        )


@dataclass(frozen=True, kw_only=True)
class Whole(Field):
    """An integer; neither ``1.0`` nor ``true`` nor ``"1"`` is one."""

    least: int | None = None

    def check(self, value: object, place: Place) -> None:
        """Type, then smallest value."""
        if type(value) is not int or value not in _INT64:
            raise self._mistyped("一个合法的 64 位有符号整数", value, place)
        if self.least is not None and value < self.least:
            raise place.refuse(
                f"输入源“{place.pointer}”映射到数值字段“{self.label}”规则校验失败，"
                f"值低于最小值 {self.least}",
                value,
            )


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    """true or false."""

    def check(self, value: object, place: Place) -> None:
        """Type only."""
        if not isinstance(value, bool):
            raise self._mistyped("一个 bool 类型的 Json 值", value, place)


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One of a few words."""

    words: Sequence[str]

    def check(self, value: object, place: Place) -> None:
        """Membership."""
        if value not in self.words:
            raise place.refuse(
                f"输入源“{place.pointer}”映射到枚举字段“{self.label}”规则校验失败，"
                f"值必须为 {'、'.join(self.words)} 之一",
                value,
            )


@dataclass(frozen=True, kw_only=True)
class Items(Field):
    """A list of equal members."""

    of: Field

    def check(self, value: object, place: Place) -> None:
        """Type, then every member."""
        if not isinstance(value, list):
            raise self._mistyped("一个 array 类型的 Json 值", value, place)
        for index, member in enumerate(value):
            self.of.check(member, place.at(index))


@dataclass(frozen=True, kw_only=True)
class Group(Field):
    """An object; a member that is not documented is refused, as production does."""

    fields: Mapping[str, Field]

    def check(self, value: object, place: Place) -> None:
        """Type, strangers, missing members, then every member."""
        if not isinstance(value, dict):
            raise self._mistyped("一个 object 类型的 Json 值", value, place)
        self._check_names(value, place)
        for name, member in value.items():
            self.fields[name].check(member, place.at(name))

    def _check_names(self, value: Mapping[str, Any], place: Place) -> None:
        for name in value:
            if name not in self.fields:
                raise place.at(name).refuse(f"存在多余的参数“{place.at(name).pointer}”", None)
        for name, field in self.fields.items():
            if field.required and name not in value:
                here = place.at(name)
                raise here.refuse(
                    f"输入源“{here.pointer}”映射到字段“{field.label}”必填性规则校验失败，"
                    "此字段为必填项",
                    None,
                )
