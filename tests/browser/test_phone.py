"""The phone page in Chromium, in both skins: writing, being answered, failing, reading, and getting about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from simulators.tests.phone_process import running_phone, wait_until
from tests.browser.phone_world import OLIVIA, World

pytestmark = pytest.mark.browser

HAND: ViewportSize = {"width": 390, "height": 844}
CARLOS = {"whatsapp": "15550100002", "telegram": "700002"}
both_skins = pytest.mark.parametrize("skin", ["whatsapp", "telegram"])


@both_skins
def test_person_writes_and_is_answered(world: World, skin: str) -> None:
    world.open(skin)
    world.write("¿Abren mañana? 🌷")
    mine = world.bubble("¿Abren mañana? 🌷")
    expect(mine.get_by_role("img", name="Sending")).to_be_visible()
    wait_until(lambda: world.fake.received, "the simulator gets the message")
    sender: dict[str, Any] = (
        {"phone": "15550100001", "name": "Olivia"} if skin == "whatsapp" else {"id": 700001, "first_name": "Olivia"}
    )
    assert world.fake.received == [{"account": "acc-1", "from": sender, "type": "text", "text": "¿Abren mañana? 🌷"}]
    known = next(iter(world.fake.chats["acc-1", world.olivia].messages))
    world.fake.set_status(world.olivia, known, "delivered")
    expect(mine.get_by_role("img", name={"whatsapp": "Delivered", "telegram": "Sent"}[skin])).to_be_visible()
    world.fake.type_until(world.olivia, datetime.now(UTC) + timedelta(seconds=25))
    expect(world.state).to_have_text("typing")
    world.fake.set_status(world.olivia, known, "read")
    expect(mine.get_by_role("img", name="Read")).to_be_visible()
    world.fake.show(world.olivia, {"text": "Yes, from ten."})
    expect(world.bubble("Yes, from ten.")).to_be_visible()
    expect(world.state).not_to_have_text("typing")
    expect(world.page.locator(".message")).to_have_count(2)


@both_skins
def test_shift_enter_breaks_the_line_and_enter_sends(world: World, skin: str) -> None:
    world.open(skin)
    field = world.page.get_by_role("textbox", name="Message")
    field.press("Enter")
    field.type("one")
    field.press("Shift+Enter")
    field.type("two")
    field.press("Enter")
    expect(world.bubble("one")).to_have_count(1)
    wait_until(lambda: world.fake.received, "the simulator gets the message")
    assert [body["text"] for body in world.fake.received] == ["one\ntwo"]
    expect(field).to_have_value("")
    expect(field).to_be_focused()


def test_same_text_twice_shows_twice_and_stays_two_after_a_reload(world: World) -> None:
    world.open("whatsapp")
    world.write("ok")
    world.write("ok")
    wait_until(lambda: len(world.fake.received) == 2, "both arrive")
    expect(world.page.locator(".message")).to_have_count(2)
    world.page.reload()
    expect(world.page.locator(".message")).to_have_count(2)


def test_text_over_the_limit_is_kept_and_explained(world: World) -> None:
    world.open("whatsapp")
    world.write("x" * 4097)
    expect(world.page.locator("#composer-error")).to_have_text(
        "One message takes at most 4096 characters; this one has 4097."
    )
    expect(world.page.get_by_role("textbox", name="Message")).to_have_value("x" * 4097)
    assert world.fake.received == []


# ---- When something fails


@both_skins
def test_failed_send_is_shown_and_sent_again_on_request(world: World, skin: str) -> None:
    world.open(skin)
    world.fake.refuse_next = 1
    world.write("Please hold")
    failed = world.bubble("Please hold")
    expect(failed.get_by_role("img", name="Not delivered")).to_be_visible()
    expect(failed).to_contain_text("Not sent: the simulator is having a bad day")
    assert world.fake.received == []
    failed.get_by_role("button", name="Try again").click()
    expect(failed.get_by_role("img", name="Sending")).to_be_visible()
    wait_until(lambda: len(world.fake.received) == 1, "the second try arrives")
    expect(world.page.locator(".message")).to_have_count(1)


@both_skins
def test_lost_simulator_is_said_and_nothing_is_missed_when_it_is_back(world: World, skin: str) -> None:
    world.open(skin)
    world.write("Before")
    expect(world.bubble("Before")).to_be_visible()
    world.fake.stop()
    try:
        expect(world.page.locator("#notice")).to_contain_text("Reconnecting")
        expect(world.state).to_have_text("connecting…")
        world.write("While away")
        expect(world.bubble("While away")).to_contain_text("does not answer: is it running?")
        expect(world.bubble("Before")).to_be_visible()
    finally:
        world.fake.start()
    world.fake.show(world.olivia, {"text": "Said meanwhile"})
    expect(world.bubble("Said meanwhile")).to_be_visible()
    expect(world.page.locator("#notice")).to_be_hidden()
    expect(world.bubble("While away").get_by_role("button", name="Try again")).to_be_visible()


def test_statuses_only_move_forward(world: World) -> None:
    known = world.whatsapp.show(OLIVIA["whatsapp"], {"text": "Mine", "direction": "in", "status": "read"})
    world.open("whatsapp")
    world.fake.set_status(world.olivia, known, "delivered")
    world.fake.show(world.olivia, {"text": "A marker after it"})
    expect(world.bubble("A marker after it")).to_be_visible()
    expect(world.bubble("Mine").get_by_role("img", name="Read")).to_be_visible()


def test_account_without_webhook_is_said_and_noticed_once_it_has_one(world: World) -> None:
    world.whatsapp.accounts[0]["webhook_url"] = None
    world.page.goto(world.phone.url)
    expect(world.page.locator("#notice")).to_contain_text("no webhook yet")
    world.whatsapp.accounts[0]["webhook_url"] = "http://x/"
    expect(world.page.locator("#notice")).to_be_hidden()


def test_no_account_tells_what_to_do_and_the_first_one_opens_by_itself(world: World) -> None:
    kept = world.whatsapp.accounts.pop()
    world.page.goto(world.phone.url)
    expect(world.page.locator("#empty")).to_contain_text("manage.py onboard --demo")
    expect(world.page.get_by_role("textbox", name="Message")).to_be_disabled()
    world.whatsapp.accounts.append(kept)
    expect(world.page.locator("#empty")).to_contain_text("Write as Olivia: say hello")
    expect(world.page.get_by_role("textbox", name="Message")).to_be_enabled()


def test_service_that_is_real_says_to_use_a_real_phone(browser: Browser, world: World) -> None:
    with running_phone("--telegram", world.telegram.url) as phone:
        world.page.goto(phone.url)
        expect(world.page.get_by_role("radio", name="Telegram", exact=True)).to_be_checked()
        expect(world.page.locator("#banner-text")).to_contain_text("Telegram is simulated. WhatsApp, Claude, database")
        world.page.get_by_role("radio", name="WhatsApp", exact=True).check()
        expect(world.page.locator("#empty")).to_contain_text("WhatsApp is not simulated here")
        expect(world.page.get_by_role("textbox", name="Message")).to_be_disabled()


def test_product_that_is_not_ready_is_said(world: World) -> None:
    with running_phone("--whatsapp", world.whatsapp.url, "--web", "http://127.0.0.1:1") as phone:
        world.page.goto(phone.url)
        expect(world.page.locator("#notice")).to_contain_text("web process is not ready")
        expect(world.page.locator("#parts-details")).to_contain_text("http://127.0.0.1:1 – not ready at the moment")


# ---- Reading, people, widths, keyboard


def test_new_messages_leave_the_reader_where_they_read(world: World) -> None:
    for number in range(60):
        world.whatsapp.show(OLIVIA["whatsapp"], {"text": f"Line {number} of 60"})
    world.open("whatsapp")
    expect(world.bubble("Line 59 of 60")).to_be_in_viewport()  # not "Line 5" beside 9:25
    scroll = world.page.locator("#scroll")
    scroll.evaluate("box => { box.scrollTop = 0; }")
    jump = world.page.get_by_role("button", name="Go to the newest message")
    expect(jump).to_be_visible()
    world.fake.show(world.olivia, {"text": "News at the end"})
    expect(jump).to_contain_text("1 new")
    assert scroll.evaluate("box => box.scrollTop") == 0
    jump.click()
    expect(world.bubble("News at the end")).to_be_in_viewport()
    expect(jump).to_be_hidden()
    world.fake.show(world.olivia, {"text": "And one more"})
    expect(world.bubble("And one more")).to_be_in_viewport()


@both_skins
def test_each_person_has_a_chat_of_their_own(world: World, skin: str) -> None:
    world.skin = skin
    world.fake.show(OLIVIA[skin], {"text": "For Olivia"})
    world.fake.show(CARLOS[skin], {"text": "For Carlos"})
    world.open(skin)
    expect(world.bubble("For Olivia")).to_be_visible()
    world.page.get_by_role("radio", name="Carlos").check()
    expect(world.bubble("For Carlos")).to_be_visible()
    expect(world.bubble("For Olivia")).to_have_count(0)
    world.fake.show(OLIVIA[skin], {"text": "More for Olivia"})
    world.write("Hi from Carlos")
    wait_until(lambda: world.fake.received, "the simulator gets the message")
    assert str(next(iter(world.fake.received[0]["from"].values()))) == CARLOS[skin]
    expect(world.bubble("More for Olivia")).to_have_count(0)
    world.page.reload()
    expect(world.bubble("Hi from Carlos")).to_be_visible()


def test_someone_else_is_checked_and_then_writes(world: World) -> None:
    world.open("whatsapp")
    world.page.get_by_role("radio", name="Someone else…").check()
    expect(world.page.locator("#empty")).to_contain_text("Write as Ana López: say hello")
    world.page.get_by_role("textbox", name="Name").fill("José Peña")
    number = world.page.get_by_label("Phone number")
    write_as = world.page.get_by_role("button", name="Write as this person")
    for wrong, why in (("12a45", "digits only"), ("123", "5 to 15 digits"), ("0155501000", "not with 0")):
        number.fill(wrong)
        write_as.click()
        expect(world.page.locator("#someone-error")).to_contain_text(why)
    number.fill("+34 (600) 10-00 04")
    write_as.click()
    expect(world.page.locator("#empty")).to_contain_text("Write as José Peña: say hello")
    world.write("Hola")
    wait_until(lambda: world.fake.received, "the simulator gets the message")
    assert world.fake.received[0]["from"] == {"phone": "34600100004", "name": "José Peña"}


def test_suggestion_fills_the_line_and_sends_nothing(world: World) -> None:
    world.open("whatsapp")
    world.page.get_by_role("button", name="Hello!").click()
    expect(world.page.get_by_role("textbox", name="Message")).to_have_value("Hello!")
    assert world.fake.received == []


def test_banner_says_what_is_simulated_and_details_open(world: World) -> None:
    world.open("whatsapp")
    banner = world.page.get_by_role("region", name="About this simulator")
    expect(banner).to_contain_text("WhatsApp, Telegram and Claude are simulated.")
    expect(banner).to_contain_text("Database, queue, worker, web and the product’s own code are real.")
    banner.get_by_role("button", name="Details").click()
    expect(world.page.locator("#parts-details")).to_contain_text("signed as the real service signs it")


@both_skins
def test_narrow_screen_is_all_phone_with_the_panel_behind_a_button(world: World, skin: str) -> None:
    world.page.set_viewport_size(HAND)
    world.skin = skin
    world.fake.show(world.olivia, {"text": "https://example.com/" + "a-very-long-address" * 12})
    world.open(skin)
    expect(world.page.locator(".message")).to_be_visible()
    assert world.page.evaluate("document.documentElement.scrollWidth") == HAND["width"]
    box = world.page.locator("#phone").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, HAND["width"])
    expect(world.page.locator(".banner")).to_be_in_viewport(ratio=1)
    expect(world.page.locator("#composer")).to_be_in_viewport(ratio=1)
    carlos = world.page.get_by_role("radio", name="Carlos")
    expect(carlos).to_have_count(0)  # out of sight is out of reach, for the keyboard and for screen readers too
    opener = world.page.get_by_role("button", name="You write as Olivia")
    opener.click()
    carlos.check()
    world.page.keyboard.press("Escape")
    expect(carlos).to_have_count(0)
    expect(world.page.get_by_role("button", name="You write as Carlos")).to_be_focused()


def test_everything_can_be_reached_by_keyboard_and_shows_its_focus(world: World) -> None:
    world.open("whatsapp")
    reached = set()
    for _ in range(14):
        world.page.keyboard.press("Tab")
        reached.add(world.page.evaluate("document.activeElement.id || document.activeElement.name"))
        # After the last one the focus leaves the page for the browser's own bars, then begins anew.
        assert world.page.evaluate("document.activeElement.matches('body, :focus-visible')")
    assert {"open-details", "service", "person", "account", "scroll", "text", "send"} <= reached
    world.page.get_by_role("radio", name="WhatsApp", exact=True).focus()
    world.page.keyboard.press("ArrowRight")
    expect(world.state).to_have_text("bot")
    expect(world.page.locator("html")).to_have_attribute("data-skin", "telegram")
