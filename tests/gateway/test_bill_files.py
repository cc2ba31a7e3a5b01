"""Files of channel bills: described, unpacked and read line by line, and never trusted."""

import gzip
import hashlib
import io
import tracemalloc
import zipfile
from collections.abc import Mapping

import pytest

from gateway import bill_files
from gateway.bill_files import (
    check_whole,
    described,
    lines_of,
    sha1_of,
    unpacked,
    unzipped,
)
from gateway.bill_messages import BillError, BillFault

TEXT = "头\r\n一\r\n二\r\n".encode()
LINES = [(1, "头"), (2, "一"), (3, "二")]
ZIP_END_BYTES = 22


class GbkInfo(zipfile.ZipInfo):
    """A member whose name is written in GBK without the flag that says so, as Alipay does."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - asked for by zipfile
        return self.filename.encode("gbk"), self.flag_bits


def zipped(members: Mapping[str, bytes], *, gbk: bool = True, comment: bytes = b"") -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.comment = comment
        for name, content in members.items():
            info = GbkInfo(name) if gbk else zipfile.ZipInfo(name)
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer


def lines(content: bytes, encoding: str = "utf-8") -> list[tuple[int, str]]:
    return list(lines_of(unzipped(io.BytesIO(content)), encoding))


def fault_of(content: bytes, encoding: str = "utf-8") -> BillError:
    with pytest.raises(BillError) as caught:
        lines(content, encoding)
    return caught.value


def member_of(file: io.BytesIO) -> bytes:
    return unpacked(file, suffix="明细.csv", encoding="gb18030").read()


class TestDescription:
    def test_bytes_are_counted_and_hashed_as_they_are(self) -> None:
        file = io.BytesIO(TEXT)
        file.read()
        found = described(file, name="a.csv", media_type="text/csv")
        assert (found.name, found.media_type, found.size) == ("a.csv", "text/csv", len(TEXT))
        assert found.sha256 == hashlib.sha256(TEXT).hexdigest()

    def test_hash_of_the_text_does_not_depend_on_its_packing(self) -> None:
        expected = hashlib.sha1(TEXT).hexdigest()
        assert sha1_of(unzipped(io.BytesIO(TEXT))) == expected
        assert sha1_of(unzipped(io.BytesIO(gzip.compress(TEXT)))) == expected


class TestLines:
    @pytest.mark.parametrize("content", [TEXT, gzip.compress(TEXT)], ids=["plain", "gzip"])
    def test_lines_are_numbered_and_lose_their_ends(self, content: bytes) -> None:
        assert lines(content) == LINES

    def test_empty_file_has_no_lines(self) -> None:
        assert lines(b"") == []

    def test_last_line_without_an_end_was_cut_off(self) -> None:
        assert fault_of(TEXT[:-2]).fault is BillFault.DAMAGED

    @pytest.mark.parametrize("kept", [12, 20, -1, -8])
    def test_gzip_that_was_cut_off_is_damaged(self, kept: int) -> None:
        assert fault_of(gzip.compress(TEXT * 50)[:kept]).fault is BillFault.DAMAGED

    def test_gzip_that_was_changed_is_damaged(self) -> None:
        packed = bytearray(gzip.compress(TEXT * 50))
        packed[-6] ^= 1
        assert fault_of(bytes(packed)).fault is BillFault.DAMAGED

    def test_line_in_another_encoding_is_named(self) -> None:
        error = fault_of(b"ok\r\n" + "中文".encode("gbk") + b"\r\n")
        assert error.fault is BillFault.LINE
        assert "line 2" in str(error)
        assert "utf-8" in str(error)

    def test_line_without_end_is_not_read_into_memory(self) -> None:
        packed = gzip.compress(b"x" * 200_000_000)
        tracemalloc.start()
        error = fault_of(packed)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert error.fault is BillFault.LINE
        assert peak < 4_000_000

    def test_file_that_unpacks_without_end_is_given_up(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bill_files, "MAX_UNPACKED_BYTES", 1_000)
        bomb = gzip.compress(b"line\r\n" * 1_000)
        assert fault_of(bomb).fault is BillFault.NOT_THIS_BILL
        with pytest.raises(BillError):
            sha1_of(unzipped(io.BytesIO(bomb)))


class TestZip:
    def test_member_is_found_by_its_chinese_name(self) -> None:
        members = {"2088_业务明细(汇总).csv": b"sum", "2088_业务明细.csv": TEXT}
        assert member_of(zipped(members)) == TEXT
        assert member_of(zipped(members, gbk=False)) == TEXT

    def test_file_taken_out_of_the_zip_is_read_as_well(self) -> None:
        assert member_of(io.BytesIO(TEXT)) == TEXT

    @pytest.mark.parametrize(
        "members", [{}, {"a.csv": TEXT}, {"1明细.csv": TEXT, "2明细.csv": TEXT}]
    )
    def test_zip_without_exactly_one_such_member_is_something_else(
        self, members: dict[str, bytes]
    ) -> None:
        file = zipped({**members, "readme.txt": b""})
        with pytest.raises(BillError) as caught:
            member_of(file)
        assert caught.value.fault is BillFault.NOT_THIS_BILL

    @pytest.mark.parametrize("comment", [b"", b"x" * 65_000])
    def test_zip_of_very_many_members_is_not_even_listed(self, comment: bytes) -> None:
        members = {**{f"{number}.txt": b"" for number in range(2_000)}, "明细.csv": TEXT}
        with pytest.raises(BillError) as caught:
            member_of(zipped(members, comment=comment))
        assert caught.value.fault is BillFault.NOT_THIS_BILL

    def test_long_list_of_members_is_seen_behind_a_second_end(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in ("readme.txt", "明细.csv"):
                info = GbkInfo(name)
                info.comment = b"x" * 65_000
                archive.writestr(info, TEXT)
        raw = bytearray(buffer.getvalue())
        # The numbers of disks, which nobody reads, look like another end of a short list.
        raw[-ZIP_END_BYTES + 4 : -ZIP_END_BYTES + 8] = b"PK\x05\x06"
        with pytest.raises(BillError) as caught:
            member_of(io.BytesIO(bytes(raw)))
        assert caught.value.fault is BillFault.NOT_THIS_BILL

    def test_zip_in_the_form_for_very_large_ones_is_refused(self) -> None:
        raw = zipped({"明细.csv": TEXT}).getvalue()
        end = len(raw) - ZIP_END_BYTES
        large = raw[:end] + b"PK\x06\x07" + bytes(16) + raw[end:]
        with pytest.raises(BillError) as caught:
            member_of(io.BytesIO(large))
        assert caught.value.fault is BillFault.NOT_THIS_BILL

    def test_zip_with_a_comment_is_read(self) -> None:
        assert member_of(zipped({"明细.csv": TEXT}, comment=b"x" * 65_535)) == TEXT

    @pytest.mark.parametrize("magic", [b"PK\x05\x06", b"PK\x06\x07"])
    def test_bytes_that_look_like_the_end_of_a_zip_are_only_content(self, magic: bytes) -> None:
        content = magic + b"\xff" * 40
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(GbkInfo("明细.csv"), content)
        assert member_of(buffer) == content

    @pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
    def test_zip_that_was_cut_off_is_damaged(self, part: float) -> None:
        whole = zipped({"明细.csv": TEXT * 50}).getvalue()
        with pytest.raises(BillError) as caught:
            member_of(io.BytesIO(whole[: int(len(whole) * part)]))
        assert caught.value.fault is BillFault.DAMAGED

    def test_zip_with_a_changed_byte_does_not_pass_for_whole(self) -> None:
        raw = bytearray(zipped({"明细.csv": bytes(range(256)) * 400}).getvalue())
        raw[120] ^= 1
        with pytest.raises(BillError) as caught:
            check_whole(unpacked(io.BytesIO(bytes(raw)), suffix="明细.csv", encoding="gb18030"))
        assert caught.value.fault is BillFault.DAMAGED

    def test_encrypted_zip_is_damaged(self) -> None:
        raw = bytearray(zipped({"明细.csv": TEXT}).getvalue())
        for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            raw[raw.index(magic) + flags] |= 1
        with pytest.raises(BillError) as caught:
            member_of(io.BytesIO(bytes(raw)))
        assert caught.value.fault is BillFault.DAMAGED
