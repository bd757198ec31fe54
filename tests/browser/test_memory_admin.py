"""The memory's pages in the admin, beside the phone of the same installation: what operators write, restore, lock and
have forgotten there is so for the assistant."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.installation import Installation, Olivia
from tests.browser.operators import Operator as SignedIn

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

HOURS = "# Hours\n\nOpen **9 to 5**\n"
SUMMER = "## Summer\n\n| Day | Hours |\n|---|---|\n| Monday | *10 to 4* |\n\n<img src=x onerror=alert(1)>"


class Operator(SignedIn):
    """With the page of the demo business open."""

    def open_folder(self) -> None:
        self.page.goto(f"{self.admin}memory/folder/")
        self.page.get_by_role("link", name="Sunrise Realty").click()

    def open_document(self, title: str) -> None:
        self.open_folder()
        self.follow(title)

    def write(self, text: str, reason: str) -> None:
        self.editor.fill(text)
        self.here.get_by_label("Why").fill(reason)

    def search(self, words: str) -> Locator:
        self.open_folder()
        self.here.get_by_role("searchbox").fill(words)
        self.press("Search")
        expect(self.here.get_by_role("heading", name="Search in the memory")).to_be_visible()
        return self.here

    @property
    def editor(self) -> Locator:
        return self.here.locator("textarea[name=content]")

    @property
    def preview(self) -> Locator:
        return self.here.get_by_role("region", name="Preview")

    @property
    def diff(self) -> Locator:
        return self.here.get_by_role("table", name=re.compile("beside"))

    @property
    def text(self) -> Locator:
        return self.here.locator("article.memory-text")


@pytest.fixture(scope="module")
def signed_in(browser: Browser, installation: Installation) -> Iterator[Operator]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC")
    operator = Operator(context.new_page(), installation.addresses["admin"] + "/admin/")
    operator.sign_in(installation)
    operator.open_folder()
    operator.follow("New document")
    operator.here.get_by_label("Folder").select_option("knowledge")
    operator.here.get_by_label("File name").fill("hours")
    operator.write(HOURS, "What the door says")
    operator.press("Write it")
    expect(operator.text).to_contain_text("Open 9 to 5")
    yield operator
    context.close()


@pytest.fixture
def operator(signed_in: Operator) -> Iterator[Operator]:
    signed_in.accepts = True
    signed_in.questions.clear()
    signed_in.troubles.clear()
    yield signed_in
    assert signed_in.troubles == []


def test_the_preview_follows_what_is_typed_and_nothing_typed_is_lost_by_a_slip(operator: Operator) -> None:
    operator.open_document("Hours")
    operator.follow("Edit")
    expect(operator.preview.locator("strong")).to_have_text("9 to 5")
    operator.editor.fill(
        "## Summer\n\n| Day | Hours |\n|---|---|\n| Monday | *10 to 4* |\n\n<img src=x onerror=alert(1)>"
    )
    expect(operator.preview.get_by_role("heading", name="Summer")).to_be_visible()
    expect(operator.preview.get_by_role("cell", name="10 to 4")).to_be_visible()
    expect(operator.preview).to_contain_text("<img src=x onerror=alert(1)>")
    expect(operator.preview.locator("img")).to_have_count(0)

    operator.accepts = False
    operator.follow("Leave it as it is")
    assert operator.questions == ["beforeunload"]
    expect(operator.editor).to_have_value(re.compile("Summer"))
    operator.accepts = True
    operator.follow("Leave it as it is")
    expect(operator.text).to_contain_text("Open 9 to 5")
    expect(operator.text).not_to_contain_text("Summer")


def test_two_revisions_stand_side_by_side_and_one_is_restored_when_that_is_meant(operator: Operator) -> None:
    operator.open_document("Hours")
    operator.follow("Edit")
    operator.write(HOURS.replace("9 to 5", "9 to 6"), "Longer from May")
    operator.press("Save")
    expect(operator.text).to_contain_text("Open 9 to 6")
    operator.follow("History")
    operator.press("Compare them")
    expect(operator.here.get_by_role("columnheader")).to_have_text(["Revision 1", "Revision 2"])
    expect(operator.diff.locator("del")).to_have_text("5")
    expect(operator.diff.locator("ins")).to_have_text("6")
    left, right = operator.diff.locator("del").bounding_box(), operator.diff.locator("ins").bounding_box()
    assert left is not None
    assert right is not None
    assert (left["y"], left["x"] < right["x"]) == (right["y"], True)

    operator.follow("History")
    operator.accepts = False
    operator.press("Restore")
    expect(operator.here.get_by_role("link", name="Revision 2")).to_be_visible()
    operator.accepts = True
    operator.press("Restore")
    assert [question.partition("?")[0] for question in operator.questions] == ["Put back the text of revision 1"] * 2
    expect(operator.text).to_contain_text("Open 9 to 5")
    expect(operator.here.get_by_text("Restored from 1", exact=True)).to_be_visible()
    expect(operator.here.get_by_text("Longer from May")).to_be_visible()


def test_a_lock_keeps_the_assistant_out_until_it_is_taken_off(
    operator: Operator, olivia: Olivia, installation: Installation
) -> None:
    operator.open_document("Hours")
    operator.press("Lock")
    expect(operator.here.get_by_role("button", name="Unlock")).to_be_visible()
    olivia.open(installation.addresses["phone"], "WhatsApp")
    refused = olivia.says("Note that closed on Sundays about our hours")
    assert "That did not work" in refused
    assert "locked" in refused
    operator.open_document("Hours")
    expect(operator.text).not_to_contain_text("Sundays")
    operator.press("Unlock")
    expect(operator.here.get_by_role("button", name="Lock", exact=True)).to_be_visible()
    assert "Written down in /memories/knowledge/hours.md" in olivia.says("Note that closed on Sundays about our hours")
    operator.open_document("Hours")
    expect(operator.text).to_contain_text("closed on Sundays")
    expect(operator.here.get_by_text("Note that closed on Sundays about our hours")).to_be_visible()  # where it is from


def test_what_is_forgotten_on_its_page_is_gone_from_pages_search_and_phone(
    operator: Operator, olivia: Olivia, installation: Installation
) -> None:
    olivia.open(installation.addresses["phone"], "WhatsApp")
    olivia.says("Remember that my alarm code is 4471 Heron")
    olivia.says("Note that the alarm code is 4471 Heron about our alarm")
    assert "4471 Heron" in olivia.says("/memory")
    expect(operator.search("alarm code")).to_contain_text("4471 Heron")

    operator.open_folder()
    operator.follow("Forget something…")
    operator.press("Forget it")
    expect(operator.here.locator("textarea:invalid")).to_be_visible()
    operator.here.get_by_label("Passages").fill("4471 Heron")
    operator.press("Forget it")
    expect(operator.page.get_by_text(re.compile(r"Forgotten: 1 fact, \d+ messages, 1 document\."))).to_be_visible()
    expect(operator.search("alarm code 4471 Heron")).not_to_contain_text(re.compile("code.*4471"))
    operator.open_document("Alarm")
    expect(operator.page.locator("main, body").first).not_to_contain_text("4471")
    operator.follow("History")
    expect(operator.here.get_by_text("something forgotten").first).to_be_visible()
    operator.follow("Revision 1")
    expect(operator.here).not_to_contain_text("4471")
    operator.page.goto(f"{operator.admin}memory/fact/")
    expect(operator.page.get_by_text("4471")).to_have_count(0)
    assert "4471" not in olivia.says("/memory")
    assert "4471" not in olivia.says("What is my alarm code?")


def test_on_a_phone_nothing_is_wider_than_the_screen(operator: Operator) -> None:
    operator.page.set_viewport_size({"width": 390, "height": 844})
    try:
        operator.open_document("Hours")
        for link in ("Edit", "Settings", "History"):
            operator.open_document("Hours")
            operator.follow(link)
            expect(operator.here.locator("h2").first).to_contain_text("hours.md")
            assert operator.page.evaluate("document.documentElement.scrollWidth") <= 390, link
    finally:
        operator.page.set_viewport_size({"width": 1280, "height": 900})
