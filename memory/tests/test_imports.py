"""Reading exports: each platform's and language's own lines, what belongs to no message, and dates in either order."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from memory.imports import jsonlines, reading, telegram, whatsapp
from memory.imports.dates import Order
from memory.imports.items import Began, Broken, ExportError, Item, LeftOut, Said, placed
from memory.imports.json_stream import JsonStream

EXPORTS = Path(__file__).parent / "exports"
CHICAGO = ZoneInfo("America/Chicago")
TODAY = date(2026, 11, 23)


def whatsapp_items(text: str, order: Order | None = None, zone: ZoneInfo = CHICAGO) -> list[Item]:
    layout = whatsapp.layout_of(io.StringIO(text), TODAY, order)
    return list(whatsapp.Reader(zone, layout).read(io.StringIO(text)))


def exported(name: str) -> list[Item]:
    export = reading.opened(EXPORTS / name)
    with export.text() as file:
        return whatsapp_items(file.read())


def told(items: Sequence[Item]) -> list[tuple[str, str, str]]:
    return [
        (f"{each.at.astimezone(CHICAGO):%Y-%m-%d %H:%M:%S}", each.speaker, each.text)
        for each in items
        if isinstance(each, Said)
    ]


def left_out(items: Sequence[Item]) -> list[str]:
    return [each.why for each in items if isinstance(each, LeftOut)]


def test_an_iphone_in_english_with_its_unseen_marks() -> None:
    items = exported("ios_en.txt")
    assert told(items) == [
        ("2025-12-29 09:04:11", "Nora Patel", "Morning! The viewing at 14 Elm Street is on Friday at 3."),
        (
            "2025-12-29 09:05:40",
            "Sam Ortiz",
            "Great 👍\nTwo questions:\n\n- is there parking?\n- may we bring the dog",
        ),
        ("2025-12-29 09:06:02", "Nora Patel", "[image]"),
        ("2025-12-29 09:06:30", "Nora Patel", "Plan of the house.pdf • 2 pages [document]"),
        ("2025-12-29 09:07:00", "Nora Patel", "Yes and yes."),
        ("2025-12-30 00:15:09", "Lee", "ok"),
        ("2025-12-30 00:15:41", "Lee", "ok"),
        ("2025-12-31 21:04:11", "Sam Ortiz", "[00000014-PHOTO-2025-12-31-21-04-11.jpg]"),
        ("2026-01-01 12:00:03", "+1 (555) 010-0001", "Happy new year! Budget stays at $450,000: no more."),
    ]
    assert left_out(items) == ["notices of WhatsApp", "notices of WhatsApp", "deleted messages"]
    assert len({each.id for each in items if isinstance(each, Said)}) == 9


def test_an_android_in_english_and_what_was_pasted_into_a_message() -> None:
    items = exported("android_en.txt")
    assert told(items) == [
        ("2025-03-13 09:12:00", "Nora Patel", "The boiler is a Vaillant ecoTEC, serviced last May."),
        ("2025-03-13 09:13:00", "Sam Ortiz", "[media]"),
        ("2025-03-13 09:13:00", "Sam Ortiz", "[IMG-20250313-WA0001.jpg]\nthe leak under the sink"),
        ("2025-03-13 09:21:00", "Nora Patel", "As she wrote:\n[12/31/24, 9:04:11 PM] Vera: I can pay in cash"),
        ("2025-03-15 00:03:00", "Sam Ortiz", "Call the plumber: 555 0142"),
    ]
    assert left_out(items) == ["notices of WhatsApp"] * 3 + ["deleted messages"]


def test_an_android_in_spanish_with_a_m_and_p_m() -> None:
    items = exported("android_es.txt")
    assert told(items) == [
        ("2025-02-28 09:58:00", "Nuria Peña", "Buenos días, ¿tienen turnos para el sábado?"),
        ("2025-02-28 13:05:00", "Estética Luna", "Sí, a las 10 o a las 12:30."),
        ("2025-02-28 13:06:00", "Nuria Peña", "[multimedia]"),
        ("2025-02-28 13:07:00", "Nuria Peña", "[PTT-20250228-WA0003.opus]"),
        ("2025-03-01 12:02:00", "Estética Luna", "Te espero a las 12:30. Recuerda: alergia al látex"),
    ]
    assert left_out(items) == ["notices of WhatsApp", "deleted messages", "notices of WhatsApp"]


def test_an_iphone_in_spanish() -> None:
    items = exported("ios_es.txt")
    assert [(at, text) for at, _, text in told(items)] == [
        ("2025-04-03 21:04:11", "Mañana llego tarde"),
        ("2025-04-04 08:10:00", "[imagen]"),
        ("2025-04-04 08:11:30", "[audio]"),
        ("2025-04-05 08:12:00", "[00000007-AUDIO-2025-04-05-08-12-00.opus]"),
        ("2025-04-13 09:00:00", "La seña fue de 50 €"),
    ]


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("31.12.25, 21:04 - Nora: x", "2025-12-31 21:04:00"),
        ("31/12/2025 21:04 - Nora: x", "2025-12-31 21:04:00"),
        ("31-12-2025 21:04 - Nora: x", "2025-12-31 21:04:00"),
        ("12/31/25, 9:04 PM - Nora: x", "2025-12-31 21:04:00"),
        ("12/31/25, 9:04 pm - Nora: x", "2025-12-31 21:04:00"),
        ("31/12/25, 12:04 a. m. - Nora: x", "2025-12-31 00:04:00"),
        ("31/12/25, 12:04\u202fp.\u00a0m. - Nora: x", "2025-12-31 12:04:00"),
        ("2025-12-31, 21:04 - Nora: x", "2025-12-31 21:04:00"),
        ("[2025-12-31, 9:04:11 p.m.] Nora: x", "2025-12-31 21:04:11"),
        ("[31.12.25, 21:04:11] Nora: x", "2025-12-31 21:04:11"),
        ("\ufeff\u200e[31/12/2025, 21:04:11] \u200eNora: x", "2025-12-31 21:04:11"),
    ],
)
def test_dates_and_times_of_many_phones(line: str, at: str) -> None:
    assert told(whatsapp_items(line + "\n")) == [(at, "Nora", "x")]


def is_decided(text: str) -> bool:
    try:
        whatsapp.layout_of(io.StringIO(text), TODAY)
    except ExportError:
        return False
    return True


@settings(deadline=None)
@given(
    day=st.integers(min_value=1, max_value=5_000),
    minute=st.integers(min_value=0, max_value=24 * 60 - 1),
    steps=st.lists(st.integers(min_value=0, max_value=20 * 24 * 60), min_size=1, max_size=60),
    order=st.sampled_from(["dmy", "mdy", "ymd"]),
    bracket=st.booleans(),
    half=st.booleans(),
    short=st.booleans(),
)
def test_what_is_written_in_an_order_is_read_in_it_or_asked(
    day: int, minute: int, steps: list[int], order: Order, bracket: bool, half: bool, short: bool
) -> None:
    times = [datetime(2012, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=minute)]
    for step in steps:
        times.append(times[-1] + timedelta(minutes=step))
    assume(times[-1].date() <= TODAY)
    year = "%y" if short and order != "ymd" else "%Y"
    pattern = {"dmy": f"%d/%m/{year}", "mdy": f"%m/%d/{year}", "ymd": f"{year}/%m/%d"}[order]
    clock = "%I:%M %p" if half else "%H:%M"
    form = f"[{pattern}, {clock}] Nora: %H" if bracket else f"{pattern}, {clock} - Nora: %H"
    text = "".join(f"{at:{form}}\n" for at in times)
    given_order = None if is_decided(text) else order
    items = whatsapp_items(text, given_order, zone=ZoneInfo("UTC"))
    assert [each.at for each in items if isinstance(each, Said)] == times


def test_nothing_that_tells_the_order_is_asked_for_by_the_name_of_the_option() -> None:
    text = "3/4/25, 09:00 - Nora: a\n5/4/25, 09:00 - Nora: b\n"
    with pytest.raises(ExportError, match="--date-order"):
        whatsapp_items(text)
    assert told(whatsapp_items(text, "mdy"))[0][0] == "2025-03-04 09:00:00"
    assert told(whatsapp_items("5/5/25, 09:00 - Nora: a\n"))[0][0] == "2025-05-05 09:00:00"
    assert told(whatsapp_items("11/3/25, 09:00 - N: a\n12/3/25, 09:00 - N: a\n1/4/25, 09:00 - N: b\n"))[2][0] == (
        "2025-04-01 09:00:00"  # the other way the chat would run backwards
    )


def test_a_line_that_no_date_stands_before_and_a_day_that_does_not_exist_are_told() -> None:
    many = "".join(f"{day}/12/25, 09:00 - Nora: {day}\n" for day in range(20, 30))
    items = whatsapp_items(f"stray\n{many}31/02/26, 09:00 - Nora: b\nand more\n")
    assert [each.where for each in items if isinstance(each, Broken)] == ["line 1", "line 12"]
    assert [text for _, _, text in told(items)] == [str(day) for day in range(20, 30)]


@pytest.mark.parametrize("year", ["0001", "1969", "2201", "9999"])
def test_a_year_in_which_nobody_wrote_is_told_and_breaks_nothing(year: str) -> None:
    items = whatsapp_items(f"01/01/{year}, 00:00 - Nora: hi\n13/02/2025, 00:00 - Nora: yes\n", "dmy")
    assert [type(item) for item in items] == [Broken, Said]
    line = json.dumps({"id": "1", "speaker": "Nora", "text": "hi", "at": f"{year}-01-01T00:00:00Z"})
    [item] = jsonlines.read(io.StringIO(line), CHICAGO)
    assert isinstance(item, Broken)
    assert "between 1970 and 2200" in item.why


def test_ids_are_the_same_in_a_longer_export_with_media() -> None:
    short = "31/12/25, 09:00 - Nora: ok\n31/12/25, 09:00 - Nora: <Media omitted>\n31/12/25, 09:00 - Nora: ok\n"
    longer = "30/12/25, 08:00 - Sam: hi\n" + short.replace("<Media omitted>", "IMG-1.jpg (file attached)")
    first = [each.id for each in whatsapp_items(short) if isinstance(each, Said)]
    second = [each.id for each in whatsapp_items(longer) if isinstance(each, Said)]
    assert len(set(first)) == 3
    assert second[1:] == first


def test_a_very_long_message_is_cut_and_said_to_be() -> None:
    [item] = whatsapp_items("31/12/25, 09:00 - Nora: a\n" + "word " * 500_000 + "\n")
    assert isinstance(item, Said)
    assert (item.cut, len(item.text)) == (True, 100_000)


def test_the_hour_that_clocks_show_twice_and_the_one_they_leave_out() -> None:
    november = datetime.fromisoformat("2025-11-02T01:30")
    first = placed(november, CHICAGO)
    assert first == datetime(2025, 11, 2, 6, 30, tzinfo=UTC)
    assert placed(november, CHICAGO, datetime(2025, 11, 2, 6, 50, tzinfo=UTC)) == first + timedelta(hours=1)
    assert placed(datetime.fromisoformat("2025-03-09T02:30"), CHICAGO) == datetime(2025, 3, 9, 8, 30, tzinfo=UTC)


def telegram_items(name: str, chosen: str = "") -> list[Item]:
    with (EXPORTS / name).open(encoding="utf-8") as file:
        names = telegram.names_of(file)
    with (EXPORTS / name).open(encoding="utf-8") as file:
        return list(telegram.Reader(CHICAGO, names, chosen).read(file))


def test_a_chat_of_telegram() -> None:
    items = telegram_items("telegram_chat.json")
    said = {each.id: each.text for each in items if isinstance(each, Said)}
    assert items[0] == Began(chat="Sam Ortiz")
    assert left_out(items) == ["notices of Telegram"]
    assert said == {
        "1002": "The keys are with the neighbour, flat 3B.",
        "1003": "Thanks! Contract: here (https://example.com/contract.pdf) and please sign by @friday_bot",
        "1004": "[photo]",
        "1005": "[photo]\nThe leak",
        "1006": "[voice message]",
        "1007": "[sticker 👍]",
        "1008": "[location Millennium Park, 201 E Randolph St 41.8827, -87.6233]",
        "1009": "[contact Vera Kohl +15550100009]",
        "1010": "[in reply to “The keys are with the neighbour, flat 3B.”] Yes, Tuesday works",
        "1011": "[forwarded from Bank News] Rates go up in May",
        "1012": "I was here",
        "1013": "[lease.pdf]",
        "1014": "[poll: Which day? Mon / Tue]",
    }
    assert told(items)[0] == ("2025-03-03 10:05:00", "Nora Patel", said["1002"])


def test_a_whole_account_of_telegram_has_its_chats_apart() -> None:
    items = telegram_items("telegram_account.json")
    assert [each.chat for each in items if isinstance(each, Began)] == [
        "Nuria Peña",
        "Ana (12)",
        "Ana (13)",
        "Deleted account (14)",
        "Saved Messages",
        "Proveedores",
    ]
    assert told(telegram_items("telegram_account.json", "Ana (13)")) == [("2025-04-03 02:00:00", "Ana", "Buenas")]
    with pytest.raises(ExportError, match="Proveedores"):
        telegram_items("telegram_account.json", "Nobody")


def test_a_telegram_export_that_was_cut_off_gives_what_came_before() -> None:
    text = (EXPORTS / "telegram_chat.json").read_text(encoding="utf-8")
    text = text[: text.index('"id": 1006')]
    names = telegram.names_of(io.StringIO(text))
    found: list[Item] = []

    def read() -> None:
        for item in telegram.Reader(CHICAGO, names).read(io.StringIO(text)):
            found.append(item)  # noqa: PERF402 - kept one by one, as reading raises in the end

    with pytest.raises(ExportError, match="cut off"):
        read()
    assert [each.id for each in found if isinstance(each, Said)] == ["1002", "1003", "1004", "1005"]


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    ),
    st.integers(min_value=1, max_value=9),
)
def test_a_value_is_read_whole_however_the_text_arrives(value: object, size: int) -> None:
    class Trickle(io.StringIO):
        def read(self, _wanted: int | None = -1, /) -> str:
            return super().read(size)

    text = json.dumps({"before": value, "list": [value, value], "after": 12})
    stream = JsonStream(Trickle(text))
    found = {key: list(stream.elements()) if key == "list" else stream.value() for key in stream.members()}
    assert found == {"before": value, "list": [value, value], "after": 12}
    skipped = JsonStream(Trickle(text))
    assert [skipped.scalar() for key in skipped.members()][-1] == 12


def test_json_lines_tell_which_of_them_are_broken() -> None:
    with (EXPORTS / "lines.jsonl").open(encoding="utf-8") as file:
        items = list(jsonlines.read(file, CHICAGO))
    assert [(each.id, each.at.isoformat(), each.text) for each in items if isinstance(each, Said)] == [
        ("m1", "2025-03-04T15:12:00+00:00", "Our office is at 12 Oak Avenue."),
        ("m2", "2025-03-04T15:13:00+00:00", "And the alarm code?"),
        ("3", "2025-03-04T15:14:00+00:00", "Ask Vera."),
        ("m8", "2025-03-04T06:00:00+00:00", "half � and  nul"),
    ]
    assert [each.where for each in items if isinstance(each, Broken)] == ["line 5", "line 6", "line 7", "line 8"]
    assert left_out(items) == ["empty messages"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ios_en.txt", "whatsapp"),
        ("android_es.txt", "whatsapp"),
        ("telegram_chat.json", "telegram"),
        ("telegram_account.json", "telegram"),
        ("lines.jsonl", "jsonlines"),
    ],
)
def test_the_format_is_told_by_the_content(name: str, expected: str, tmp_path: Path) -> None:
    unnamed = tmp_path / "upload.bin"
    unnamed.write_bytes((EXPORTS / name).read_bytes())
    assert reading.opened(unnamed).format == expected


@pytest.mark.parametrize(
    "content", [b"", b"hello\nworld\n", b'{"a": 1}', b"\x00\x01\x02\x03" * 50, b"PK\x03\x04nonsense"]
)
def test_what_is_no_export_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ExportError):
        reading.opened(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "Chat de WhatsApp con Nuria Peña.txt"
    path.write_bytes("31/12/25, 09:00 - Nuria Peña: ¿mañana?\n".encode(encoding))
    export = reading.opened(path)
    with export.text() as file:
        assert [text for _, _, text in told(whatsapp_items(file.read()))] == ["¿mañana?"]
    assert export.name == "Nuria Peña"
    assert bool(export.notes) == (encoding == "cp1252")


def test_a_few_broken_characters_do_not_make_it_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    lines = "31/12/25, 09:00 - Nuria Peña: mañana, año, niño, ¿qué?\n" * 5
    path.write_bytes(lines.encode() + b"31/12/25, 09:01 - Nuria: cut \xf0\x9f\n")
    export = reading.opened(path)
    with export.text() as file:
        assert "mañana" in file.read()
    assert export.notes == ["1 broken characters in it became �."]


def packed(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def test_a_zip_is_read_without_unpacking_its_media(tmp_path: Path) -> None:
    chat = (EXPORTS / "ios_en.txt").read_bytes()
    export = reading.opened(packed(tmp_path / "WhatsApp Chat - Elm.zip", _chat__txt=chat, a__jpg=b"x", notes__txt=b"y"))
    with export.text() as file:
        assert len(told(whatsapp_items(file.read()))) == 9
    assert export.name == "Elm"
    with pytest.raises(ExportError, match="must hold one"):
        reading.opened(packed(tmp_path / "none.zip", a__jpg=b"x"))


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    bomb = packed(tmp_path / "bomb.zip", _chat__txt=b"31/12/25, 09:00 - N: " + b"a" * 30_000_000)
    with pytest.raises(ExportError, match="refused"):
        reading.opened(bomb)
