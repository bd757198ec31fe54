"""The tools' pages in the admin, beside the phone of the same installation: a tool is written, tested and tried there,
and from then on the assistant has it; what went wrong is found again among its runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.installation import Installation
from tests.browser.operators import Operator as SignedIn

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

TRIED_WITHIN = 30_000  # milliseconds
SOURCE = '''"""What a listing costs a square metre."""


def run(args, context):
    print("reckoning")
    return {"price": round(args["price"] / args["size"], 2), "kind": args.get("kind")}
'''
SCHEMA = """{"type": "object", "required": ["price", "size"], "properties": {
  "price": {"type": "number"}, "size": {"type": "integer", "minimum": 1}, "kind": {"enum": ["flat", "house"]}}}"""
TESTS = '[{"args": {"price": 300000, "size": 100}, "returns": {"price": 3000.0}}]'
SECRET = "sk-quiet-heron-4471"


class Operator(SignedIn):
    def open_tools(self) -> None:
        self.page.goto(f"{self.admin}tooling/customtool/")

    def open_tool(self) -> None:
        self.open_tools()
        self.page.get_by_role("link", name="square_price").click()

    def write(self, label: str, text: str) -> None:
        self.here.get_by_label(re.compile(f"^{label}")).fill(text)

    @property
    def outcome(self) -> Locator:
        return self.here.get_by_role("region", name="What came of it")


@pytest.fixture(scope="module")
def signed_in(browser: Browser, installation: Installation) -> Iterator[Operator]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC")
    operator = Operator(context.new_page(), installation.addresses["admin"] + "/admin/")
    operator.sign_in(installation)
    operator.open_tools()
    operator.page.get_by_role("link", name="New tool").click()
    operator.page.get_by_role("link", name="Sunrise Realty").click()
    operator.write("Name", "square_price")
    operator.write("What it does, and when", "Reckons what a listing costs a square metre.")
    operator.write("Python", SOURCE)
    operator.write("Arguments", SCHEMA)
    operator.write("Self-test", TESTS)
    operator.press("Save it")
    expect(operator.here.get_by_text("It has not run yet.")).to_be_visible()
    yield operator
    context.close()


@pytest.fixture
def operator(signed_in: Operator) -> Iterator[Operator]:
    signed_in.accepts = True
    signed_in.questions.clear()
    signed_in.troubles.clear()
    yield signed_in
    assert signed_in.troubles == []


def test_a_new_tool_is_tested_in_the_sandbox_and_made_live(operator: Operator, tmp_path: Path) -> None:
    operator.open_tools()
    expect(operator.page.get_by_text("The sandbox holds.")).to_be_visible()
    operator.open_tool()
    operator.follow("Version 1")
    expect(operator.here.get_by_role("button", name="Make live")).to_have_count(0)
    operator.press("Run self-test")
    expect(operator.page.get_by_text("1 of 1 passed.")).to_be_visible(timeout=TRIED_WITHIN)
    operator.press("Make live")
    expect(operator.page.get_by_text("Version 1 is live")).to_be_visible()
    operator.page.screenshot(path=tmp_path / "live.png")


def test_the_editor_numbers_and_colours_what_is_typed_and_says_what_is_wrong_beside_it(operator: Operator) -> None:
    operator.open_tool()
    operator.follow("New version…")
    area = operator.here.get_by_label("Python")
    frame = operator.here.locator(".tools-editor").first
    expect(frame.locator(".tok-name")).to_have_text(["run"])
    expect(frame.locator(".tools-editor__lines")).to_contain_text("6")
    area.fill("def run(args):")
    area.press("End")
    area.press("Enter")
    area.press_sequentially("return '<img src=x onerror=alert(1)>'")
    expect(area).to_have_value("def run(args):\n    return '<img src=x onerror=alert(1)>'")
    expect(frame.locator(".tok-key")).to_have_text(["def", "return"])
    expect(frame.locator("img")).to_have_count(0)
    area.press("Escape")
    area.press("Tab")
    expect(area).not_to_be_focused()
    operator.press("Save as a new version")
    wrong = operator.here.locator(".memory-field--wrong")
    expect(wrong).to_have_count(1)
    expect(wrong).to_contain_text("run must take two arguments")
    expect(operator.here.get_by_label("Python")).to_have_value(re.compile("onerror"))
    operator.follow("Leave it")
    expect(operator.here.get_by_role("link", name="Version 2")).to_have_count(0)


def test_a_form_from_its_schema_tries_it(operator: Operator) -> None:
    operator.open_tool()
    operator.follow("Try version 1")
    expect(operator.here.get_by_label("price")).to_have_value("300000")
    operator.here.get_by_label("price").fill("450000.5")
    operator.here.get_by_label("size").fill("90")
    operator.here.get_by_label("kind").select_option("house")
    operator.press("Run it in the sandbox")
    expect(operator.outcome).to_contain_text('"price": 5000.01', timeout=TRIED_WITHIN)
    expect(operator.outcome).to_contain_text('"kind": "house"')
    expect(operator.outcome.get_by_label("Printed", exact=True)).to_have_text("reckoning\n")
    expect(operator.outcome).to_contain_text("an endless loop: timeout")
    operator.here.get_by_label("size").fill("0")
    operator.press("Run it in the sandbox")
    expect(operator.here.locator(".memory-field--wrong")).to_contain_text("greater than or equal to 1")
    expect(operator.outcome).to_have_count(0)


def test_two_versions_are_compared_and_one_is_gone_back_to(operator: Operator) -> None:
    operator.open_tool()
    operator.follow("New version…")
    operator.write("Python", SOURCE.replace("reckoning", "thinking"))
    operator.press("Save as a new version")
    operator.press("Run self-test")
    operator.press("Make live")
    expect(operator.here.get_by_role("button", name="Go back to this version")).to_have_count(1)
    operator.press("Compare them")
    expect(operator.here.locator("del")).to_have_text("reckoning")
    expect(operator.here.locator("ins")).to_have_text("thinking")
    operator.follow("Back to square_price")
    operator.press("Go back to this version")
    expect(operator.page.get_by_text("Version 1 is live")).to_be_visible()


def test_runs_are_found_again(operator: Operator) -> None:
    operator.page.goto(f"{operator.admin}tooling/execution/?kind__exact=self_test")
    rows = operator.page.locator("#result_list tbody tr").filter(has_text="square_price")
    expect(rows.first).to_contain_text(re.compile("done", re.IGNORECASE))
    rows.first.get_by_role("link").first.click()
    expect(operator.here).to_contain_text("It asked nothing of the network.")


def test_a_credential_is_stored_and_nobody_sees_it_again(operator: Operator) -> None:
    operator.page.goto(f"{operator.admin}tooling/credential/")
    operator.page.get_by_role("link", name="New credential").click()
    operator.page.get_by_role("link", name="Sunrise Realty").click()
    operator.write("Name", "mls")
    operator.write("Value", SECRET)
    operator.here.get_by_label(re.compile("^Expires on")).fill("2020-01-31")
    operator.press("Store it")
    expect(operator.here).to_contain_text("sealed; it is shown to nobody")
    expect(operator.here.get_by_text("expired")).to_be_visible()
    assert SECRET not in operator.page.content()
    operator.follow("Change or replace it…")
    expect(operator.here.get_by_label(re.compile("^Value"))).to_have_value("")
    assert SECRET not in operator.page.content()


def test_on_a_phone_nothing_is_wider_than_the_screen(operator: Operator) -> None:
    operator.page.set_viewport_size({"width": 390, "height": 844})
    try:
        operator.open_tool()
        for link in ("", "New version…", "Try version 2", "Version 1"):
            operator.open_tool()
            if link:
                operator.follow(link)
            expect(operator.here).to_be_visible()
            assert operator.page.evaluate("document.documentElement.scrollWidth") <= 390, link
    finally:
        operator.page.set_viewport_size({"width": 1280, "height": 900})
