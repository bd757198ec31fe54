"""Everything that people do in the two messengers, on the phone page, through the real doubles: out as webhooks, in as
the business's calls."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, ViewportSize, expect

from simulators.tests.phone_process import wait_until
from tests.browser.doubles_world import NUMBER, OLIVIA, Hands, Services, services

pytestmark = pytest.mark.browser

DESK: ViewportSize = {"width": 1280, "height": 860}
HAND: ViewportSize = {"width": 390, "height": 844}
OGG = b"OggS\x00\x04" + (3 * 48_000).to_bytes(8, "little") + b"\x00" * 12
both_skins = pytest.mark.parametrize("skin", ["whatsapp", "telegram"])


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), (60, 140, 110)).save(out, kind)
    return out.getvalue()


@pytest.fixture(scope="module")
def running() -> Iterator[Services]:
    with services() as made:
        yield made


@pytest.fixture
def hands(browser: Browser, running: Services) -> Iterator[Hands]:
    """A page on doubles without chats. It fails the test for any script error or breach of the security policy."""
    running.prepare()
    context = browser.new_context(viewport=DESK, locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    troubles: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield Hands(page, running)
    context.close()
    assert troubles == []


def greet(hands: Hands, skin: str) -> dict[str, Any]:
    """The chat begins, as no business may write before."""
    hands.open(skin)
    hands.write("¡Hola! 👋")
    expect(hands.bubble("¡Hola! 👋").get_by_role("button", name="Message actions")).to_have_count(1)
    return hands.came()


# ---- Out: what a person sends


@both_skins
def test_a_photo_with_a_caption_is_fetched_from_the_service_and_shown(hands: Hands, skin: str) -> None:
    hands.open(skin)
    hands.pick("Photo", "casa.png", "image/png", picture())
    expect(hands.page.locator("#context")).to_contain_text("Send photo casa.png")
    hands.page.get_by_role("textbox", name="Message").fill("¿Qué te parece? 🏡")
    hands.page.keyboard.press("Enter")
    came = hands.came()
    if skin == "whatsapp":
        assert came["image"]["caption"] == "¿Qué te parece? 🏡"
        file_id = came["image"]["id"]
    else:
        assert came["message"]["caption"] == "¿Qué te parece? 🏡"
        file_id = came["message"]["photo"][-1]["file_id"]
    assert hands.services.fetched(skin, file_id) == picture()
    shown = hands.bubble("¿Qué te parece?").get_by_role("img", name="Photo: ¿Qué te parece? 🏡")
    expect(shown).to_be_visible()
    wait_until(lambda: shown.evaluate("image => image.naturalWidth") == 320, "the picture is drawn")
    expect(hands.page.locator(".message")).to_have_count(1)


@both_skins
def test_a_document_is_a_file_to_download(hands: Hands, skin: str) -> None:
    hands.open(skin)
    hands.pick("Document", "año 2026.html", "text/html", b"<script>document.title=1</script>")
    hands.page.keyboard.press("Enter")
    came = hands.came()
    node = came["document"] if skin == "whatsapp" else came["message"]["document"]
    assert node["filename" if skin == "whatsapp" else "file_name"] == "año 2026.html"
    shown = hands.bubble("año 2026.html").locator("a.file")
    expect(shown).to_contain_text("33 bytes")
    answer = requests.get(hands.services.phone + (shown.get_attribute("href") or ""), timeout=20)
    assert answer.content == b"<script>document.title=1</script>"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["Content-Type"] == "application/octet-stream"


@both_skins
def test_a_voice_note_goes_out_at_once_and_can_be_played(hands: Hands, skin: str) -> None:
    hands.open(skin)
    hands.pick("Voice note", "nota.ogg", "audio/ogg", OGG)
    came = hands.came()
    node = came["audio"] if skin == "whatsapp" else came["message"]["voice"]
    assert (node.get("voice"), node["mime_type"]) == (skin == "whatsapp" or None, "audio/ogg; codecs=opus")
    expect(hands.page.locator(".message audio")).to_have_attribute("aria-label", "🎤 Voice message")
    expect(hands.page.locator(".message")).to_have_count(1)


@both_skins
def test_a_file_can_be_dropped_on_the_phone(hands: Hands, skin: str) -> None:
    hands.open(skin)
    hands.page.evaluate(
        """bytes => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(bytes)], "hola.webp", { type: "image/webp" }));
            const dropped = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
            document.getElementById("phone").dispatchEvent(dropped);
        }""",
        list(picture("WEBP")),
    )
    came = hands.came()
    assert "sticker" in (came if skin == "whatsapp" else came["message"])
    expect(hands.page.get_by_role("img", name="Sticker")).to_be_visible()


@both_skins
def test_a_location_and_a_contact_card(hands: Hands, skin: str) -> None:
    hands.open(skin)
    hands.attach("Location")
    hands.page.get_by_label("Latitude").fill("41.38")
    hands.page.get_by_role("dialog").get_by_role("button", name="Send").click()
    came = hands.came()
    node = came["location"] if skin == "whatsapp" else came["message"]["location"]
    assert (node["latitude"], node["longitude"]) == (41.38, -3.7074)
    expect(hands.bubble("41.38, -3.7074")).to_be_visible()
    hands.attach("Contact")
    hands.page.get_by_role("dialog").get_by_role("button", name="Send").click()
    came = hands.came()
    if skin == "whatsapp":
        assert came["contacts"][0]["name"]["formatted_name"] == "Ana Núñez"
        assert came["contacts"][0]["phones"][0]["phone"] == "+34 600 111 222"
    else:
        assert came["message"]["contact"] == {"first_name": "Ana Núñez", "phone_number": "+34 600 111 222"}
    expect(hands.bubble("Ana Núñez")).to_contain_text("+34 600 111 222")
    expect(hands.page.locator(".message")).to_have_count(2)


@both_skins
def test_reply_reaction_edit_and_deletion(hands: Hands, skin: str) -> None:
    greet(hands, skin)
    asked: dict[str, Any] = {"type": "text", "text": {"body": "Shall I book it?"}} if skin == "whatsapp" else {}
    hands.services.send(skin, **(asked or {"text": "Shall I book it?"}))
    question = hands.bubble("Shall I book it?")
    hands.act(question, "Reply")
    expect(hands.page.locator("#context")).to_contain_text("Reply to Shall I book it?")
    hands.write("Yes, please")
    came = hands.came()
    if skin == "whatsapp":
        assert came["context"]["id"].startswith("wamid.")
    else:
        assert came["message"]["reply_to_message"]["text"] == "Shall I book it?"
    expect(hands.bubble("Yes, please").locator(".quoted")).to_contain_text("Shall I book it?")

    hands.act(question.first, "React with ❤️")
    came = hands.came()
    emoji = came["reaction"]["emoji"] if skin == "whatsapp" else came["message_reaction"]["new_reaction"][0]["emoji"]
    assert emoji == "❤️"
    expect(question.first.locator(".reaction")).to_have_text("Reaction: ❤️")

    mine = hands.bubble("Yes, please")
    hands.act(mine, "Edit")
    field = hands.page.get_by_role("textbox", name="Message")
    expect(field).to_have_value("Yes, please")
    hands.write("Yes, at nine")
    came = hands.came()
    edited = came["edit"]["message"]["text"]["body"] if skin == "whatsapp" else came["edited_message"]["text"]
    assert edited == "Yes, at nine"
    expect(hands.bubble("Yes, at nine")).to_contain_text("edited")

    hands.act(hands.bubble("Yes, at nine"), "Delete")
    if skin == "whatsapp":
        assert hands.came()["revoke"]["original_message_id"].startswith("wamid.")
    expect(hands.bubble("This message was deleted")).to_be_visible()


@both_skins
def test_what_is_forwarded_says_so(hands: Hands, skin: str) -> None:
    greet(hands, skin)
    hands.act(hands.bubble("¡Hola! 👋"), "Forward to this chat")
    came = hands.came()
    if skin == "whatsapp":
        assert came["context"] == {"forwarded": True}
    else:
        assert came["message"]["forward_origin"]["sender_user_name"] == "Olivia"
    expect(hands.bubble("Forwarded")).to_contain_text("¡Hola! 👋")


# ---- In: what the business sends


def test_buttons_and_a_list_of_whatsapp(hands: Hands) -> None:
    greet(hands, "whatsapp")
    replies = [{"type": "reply", "reply": {"id": "yes", "title": "Sí ✅"}}]
    interactive: dict[str, Any] = {"type": "button", "body": {"text": "¿Confirmo?"}, "action": {"buttons": replies}}
    hands.services.send("whatsapp", type="interactive", interactive=interactive)
    hands.page.get_by_role("button", name="Sí ✅").click()
    came = hands.came()
    assert came["interactive"]["button_reply"] == {"id": "yes", "title": "Sí ✅"}
    expect(hands.page.locator(".message.own", has_text="Sí ✅")).to_be_visible()
    rows = [{"id": "l", "title": "Lunes", "description": "por la tarde"}, {"id": "m", "title": "Martes"}]
    action = {"button": "Elige", "sections": [{"title": "Días", "rows": rows}]}
    hands.services.send("whatsapp", type="interactive", interactive={**interactive, "type": "list", "action": action})
    opener = hands.page.get_by_role("button", name="☰ Elige")
    opener.press("Enter")
    expect(hands.page.get_by_role("button", name="Lunes")).to_be_focused()
    hands.page.keyboard.press("Enter")
    came = hands.came()
    assert came["interactive"]["list_reply"] == {"id": "l", "title": "Lunes", "description": "por la tarde"}
    expect(opener).to_have_attribute("aria-expanded", "false")


def test_buttons_of_telegram(hands: Hands) -> None:
    greet(hands, "telegram")
    keyboard = [[{"text": "Sí ✅", "callback_data": "yes:1"}], [{"text": "Ver", "url": "https://example.com/"}]]
    hands.services.send("telegram", text="¿Confirmo?", reply_markup={"inline_keyboard": keyboard})
    expect(hands.page.get_by_role("link", name="Ver")).to_have_attribute("href", "https://example.com/")
    hands.page.get_by_role("button", name="Sí ✅").click()
    assert hands.came()["callback_query"]["data"] == "yes:1"


@both_skins
def test_files_reactions_and_previews_of_the_business(hands: Hands, skin: str) -> None:
    first = greet(hands, skin)
    if skin == "whatsapp":
        media_id = hands.services.upload(picture(), "image/png", "plano.png")
        hands.services.send(skin, type="image", image={"id": media_id, "caption": "El plano"})
        pdf = hands.services.upload(b"%PDF-1.7", "application/pdf", "menu.pdf")
        hands.services.send(skin, type="document", document={"id": pdf, "filename": "menú.pdf"})
        hands.services.send(skin, type="reaction", reaction={"message_id": first["id"], "emoji": "👍"})
        hands.services.send(skin, type="text", text={"body": "See https://example.com/menu", "preview_url": True})
    else:
        upload = {"photo": ("plano.png", picture(), "image/png")}
        hands.services.send(skin, upload, method="sendPhoto", caption="El plano")
        upload = {"document": ("menú.pdf", b"%PDF-1.7", "application/pdf")}
        hands.services.send(skin, upload, method="sendDocument")
        reaction = [{"type": "emoji", "emoji": "👍"}]
        message_id = str(first["message"]["message_id"])
        hands.services.send(skin, method="setMessageReaction", message_id=message_id, reaction=reaction)
        hands.services.send(skin, text="See https://example.com/menu")
    shown = hands.page.get_by_role("img", name="Photo: El plano")
    wait_until(lambda: shown.evaluate("image => image.naturalWidth") == 320, "the picture is drawn")
    expect(hands.bubble("menú.pdf").locator("a.file")).to_contain_text("8 bytes · application/pdf")
    expect(hands.bubble("¡Hola! 👋").locator(".reaction")).to_have_text("Reaction: 👍")
    expect(hands.bubble("See https")).to_contain_text("Link preview: example.com")


def test_the_window_closes_refuses_free_text_and_opens_again(hands: Hands) -> None:
    greet(hands, "whatsapp")
    window = hands.page.locator("#window")
    expect(window).to_contain_text("The business may write freely until")
    window.get_by_role("button", name="Pretend that 24 hours passed").click()
    expect(window).to_contain_text("The 24-hour window is closed")
    hands.services.send("whatsapp", type="text", text={"body": "Too late"})
    expect(hands.bubble("Too late")).to_contain_text("Did not reach the phone: Re-engagement message (131047)")
    words = {"name": "assistant_message", "language": {"code": "en"}}
    values = [{"type": "body", "parameters": [{"type": "text", "text": "your table is free"}]}]
    hands.services.send("whatsapp", type="template", template={**words, "components": values})
    expect(hands.bubble("your table is free")).to_contain_text("Template")
    hands.write("Here I am")
    expect(window).to_contain_text("The business may write freely until")


def test_a_text_that_comes_late_bears_its_own_time_and_opens_no_window(hands: Hands) -> None:
    hands.open("whatsapp")
    hands.attach("A text that arrives a day late")
    written = int(hands.came()["timestamp"])
    hands.write("now")
    assert int(hands.came()["timestamp"]) - written >= 25 * 3600


def test_the_menus_can_be_used_without_a_mouse(hands: Hands) -> None:
    greet(hands, "whatsapp")
    attach = hands.page.get_by_role("button", name="Attach")
    attach.press("Enter")
    expect(hands.page.get_by_role("menuitem", name="Photo")).to_be_focused()
    hands.page.keyboard.press("ArrowDown")
    expect(hands.page.get_by_role("menuitem", name="Document")).to_be_focused()
    hands.page.keyboard.press("Escape")
    expect(attach).to_be_focused()
    more = hands.page.get_by_role("button", name="Message actions")
    more.press("Enter")
    expect(hands.page.get_by_role("menuitem", name="Reply")).to_be_focused()
    hands.page.keyboard.press("Escape")
    expect(more).to_be_focused()


@both_skins
def test_nothing_sticks_out_on_a_small_screen(hands: Hands, skin: str) -> None:
    hands.page.set_viewport_size(HAND)
    greet(hands, skin)
    hands.page.get_by_role("button", name="Message actions").first.click()
    menu = hands.page.get_by_role("menu", name="Message actions")
    box = menu.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= HAND["width"]
    assert hands.page.evaluate("document.documentElement.scrollWidth") <= HAND["width"]


def test_a_file_of_another_chat_is_not_handed_out(hands: Hands) -> None:
    hands.open("whatsapp")
    hands.pick("Voice note", "nota.ogg", "audio/ogg", OGG)
    file_id = hands.came()["audio"]["id"]
    address = f"{hands.services.phone}/api/whatsapp/media"
    where = {"account": "106540352242922", "chat": OLIVIA["whatsapp"], "id": file_id}
    assert requests.get(address, params=where, timeout=20).content == OGG
    assert requests.get(address, params={**where, "chat": "15550100002"}, timeout=20).status_code == 404


@pytest.mark.parametrize(
    ("entry", "kind", "shown"),
    [
        ("An order from the catalogue", "order", "Both, please"),
        ("A text after a tap on an ad", "text", "Is this one still to be had?"),
        ("Something that WhatsApp won’t pass on", "unsupported", "Something that WhatsApp does not pass on"),
        ("Take a new phone number", "system", ""),
    ],
)
def test_what_a_person_does_beside_writing_comes_as_the_service_tells_it(
    hands: Hands, entry: str, kind: str, shown: str
) -> None:
    greet(hands, "whatsapp")
    hands.attach(entry)
    came = hands.came()
    assert came["type"] == kind
    if entry.endswith("ad"):
        assert came["referral"]["headline"] == "3 rooms by the park"
    if kind == "order":
        assert [item["quantity"] for item in came["order"]["product_items"]] == [1, 2]
    if kind == "system":
        assert came["system"]["wa_id"] == str(int(OLIVIA["whatsapp"]) + 1_000_000)
        expect(hands.page.locator(".message")).to_have_count(0)  # the chat of the new number is empty
    else:
        expect(hands.bubble(shown)).to_be_visible()


def test_in_a_group_the_bot_hears_what_is_meant_for_it(hands: Hands) -> None:
    greet(hands, "telegram")
    hands.attach("Go to the group")
    expect(hands.page.locator("#chat-state")).to_have_text("group with @bloom_bot")
    hands.write("Who has the keys?")
    expect(hands.bubble("Who has the keys?")).to_be_visible()
    hands.write("@bloom_bot, who has them?")
    came = hands.came()
    assert (came["message"]["chat"]["type"], came["message"]["text"]) == ("supergroup", "@bloom_bot, who has them?")
    hands.attach("Back to the private chat")
    expect(hands.bubble("¡Hola! 👋")).to_be_visible()


def test_a_quick_reply_under_a_template_comes_back_as_a_button(hands: Hands) -> None:
    greet(hands, "whatsapp")
    buttons = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "I’ll be there"}]}
    components = [{"type": "BODY", "text": "Your visit is at {{1}}."}, buttons]
    given = {"name": "visit", "language": "en", "status": "APPROVED", "components": components}
    waba_id = hands.services.control("whatsapp", "accounts", phone_number_id=NUMBER)["waba_id"]
    hands.services.control("whatsapp", "templates", waba_id=waba_id, templates=[given])
    words = {"name": "visit", "language": {"code": "en"}}
    values = [{"type": "body", "parameters": [{"type": "text", "text": "18:00"}]}]
    hands.services.send("whatsapp", type="template", template={**words, "components": values})
    hands.bubble("Your visit is at 18:00.").get_by_role("button", name="I’ll be there").click()
    came = hands.came()
    assert (came["type"], came["button"]) == ("button", {"payload": "I’ll be there", "text": "I’ll be there"})
    assert came["context"]["id"]
