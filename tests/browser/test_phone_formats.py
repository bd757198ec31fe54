"""How the phone page shows messages: each messenger's formatting, and nothing that could harm the reader."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.phone_world import OLIVIA, World

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script><iframe src="/"></iframe>'
both_skins = pytest.mark.parametrize("skin", ["whatsapp", "telegram"])


def body_of(world: World) -> Locator:
    return world.page.locator(".message .body")


def test_whatsapp_marks_are_shown_as_whatsapp_shows_them(world: World) -> None:
    world.fake.show(
        OLIVIA["whatsapp"],
        {
            "text": "*Bold _and italic_* ~gone~ `x_1` 2*3*4 snake_case_name * not *\n\n1. one\n2. two\n- dot\n> said\n"
            "```\na  *b*\n```\nSee https://example.com/a_b_c(d)/_e_?q=1&r=*s*. Or (www.example.org)."
        },
    )
    world.open("whatsapp")
    body = body_of(world)
    expect(body.locator("strong")).to_have_text("Bold and italic")
    expect(body.locator("strong em")).to_have_text("and italic")
    expect(body.locator("s")).to_have_text("gone")
    expect(body.locator("code")).to_have_text("x_1")
    expect(body.locator("ol li")).to_have_text(["one", "two"])
    expect(body.locator("ul li")).to_have_text(["dot"])
    expect(body.locator("blockquote")).to_have_text("said")
    expect(body.locator("pre")).to_have_text("a  *b*")
    expect(body.locator("p").first).to_contain_text("2*3*4 snake_case_name * not *")
    hrefs = [anchor.get_attribute("href") for anchor in body.locator("a").all()]
    assert hrefs == ["https://example.com/a_b_c(d)/_e_?q=1&r=*s", "https://www.example.org/"]


def test_telegram_html_is_built_from_an_allow_list(world: World) -> None:
    html = (
        "<b>Bold <i>both</i></b> <u>under</u> <s>gone</s> <code>a&lt;b&gt; &amp;amp;</code>"
        '<pre><code class="language-python">x = 1</code></pre>\n'
        "<blockquote>said</blockquote>\n"
        '<a href="https://example.com/?a=1&amp;b=2">site</a> <a href="javascript:document.title=1">bad</a> '
        '<a href="//evil.example">odd</a> <tg-spoiler>secret</tg-spoiler> <b onclick="document.title=1">click</b> '
        + HOSTILE
    )
    world.telegram.show(OLIVIA["telegram"], {"text": "…", "format": "html", "entities_html": html})
    world.open("telegram")
    title = world.page.title()
    body = body_of(world)
    expect(body.locator("strong").first).to_have_text("Bold both")
    expect(body.locator("strong em")).to_have_text("both")
    expect(body.locator("u")).to_have_text("under")
    expect(body.locator("code").first).to_have_text("a<b> &amp;")
    expect(body.locator("pre code")).to_have_text("x = 1")
    expect(body.locator("blockquote")).to_have_text("said")
    expect(body.locator("a")).to_have_count(1)
    expect(body.locator("a")).to_have_attribute("href", "https://example.com/?a=1&b=2")
    expect(body.locator("a")).to_have_attribute("rel", re.compile("noopener"))
    expect(body).to_contain_text(HOSTILE)
    body.get_by_text("click").click()
    assert body.locator("img, script, iframe, [onclick], [class^=language]").count() == 0
    spoiler = body.get_by_role("button", name="Hidden text: show it")
    spoiler.press("Enter")
    expect(body.locator(".spoiler.shown")).to_have_text("secret")
    assert world.page.title() == title


@both_skins
def test_markup_in_plain_text_is_text(world: World, skin: str) -> None:
    world.fake.forget()
    world.skin = skin
    world.fake.show(world.olivia, {"text": HOSTILE, "direction": "in", "format": "plain"})
    world.fake.show(world.olivia, {"text": f"*{HOSTILE}*", "format": "whatsapp"})
    world.open(skin)
    title = world.page.title()
    expect(world.bubble("onerror")).to_have_count(2)
    assert world.page.locator(".messages").locator("img, script, iframe").count() == 0
    assert world.page.title() == title


@both_skins
def test_unknown_types_replies_and_removed_messages_say_what_they_are(world: World, skin: str) -> None:
    world.skin = skin
    first = world.fake.show(world.olivia, {"text": "First of all"})
    world.fake.show(world.olivia, {"text": "To that", "reply_to": first})
    world.fake.show(world.olivia, {"text": "A caption", "type": "image"})
    gone = world.fake.show(world.olivia, {"text": "Oops"})
    world.open(skin)
    expect(world.bubble("To that").locator("button.quoted")).to_contain_text("First of all")
    expect(world.bubble("A caption")).to_contain_text("Photo")
    world.fake.show(world.olivia, {"id": gone, "type": "deleted", "text": ""})
    expect(world.bubble("This message was deleted")).to_be_visible()
    expect(world.bubble("Oops")).to_have_count(0)


def test_message_that_never_arrived_does_not_look_received(world: World) -> None:
    sent = {"text": "Too late", "status": "failed", "error": {"code": 131047, "title": "Re-engagement message"}}
    world.whatsapp.show(OLIVIA["whatsapp"], sent)
    world.open("whatsapp")
    expect(world.bubble("Too late")).to_contain_text("Did not reach the phone: Re-engagement message (131047)")
    expect(world.bubble("Too late").get_by_role("button")).to_have_count(0)


def test_days_are_told_apart(world: World) -> None:
    now = datetime.now(UTC)
    for days in (40, 1, 0):
        at = (now - timedelta(days=days)).isoformat()
        world.whatsapp.show(OLIVIA["whatsapp"], {"text": f"{days} days ago", "at": at})
    world.open("whatsapp")
    labels = world.page.locator(".day")
    expect(labels).to_have_count(3)
    expect(labels.first).to_have_text(f"{now - timedelta(days=40):%-d %B %Y}")
    expect(labels.nth(1)).to_have_text("Yesterday")
    expect(labels.nth(2)).to_have_text("Today")


def test_telegram_draft_grows_and_gives_way_to_the_message(world: World) -> None:
    world.open("telegram")
    world.fake.draft(world.olivia, "We are op")
    expect(world.page.locator(".draft")).to_contain_text("We are op")
    world.fake.draft(world.olivia, "We are open")
    expect(world.page.locator(".draft")).to_contain_text("We are open")
    world.fake.show(world.olivia, {"text": "We are open from ten."})
    expect(world.page.locator(".draft")).to_have_count(0)
    expect(world.page.locator(".message")).to_have_count(1)
