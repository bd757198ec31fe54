"""An operator in the admin of a whole installation: signed in, with what every page of the house offers."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Dialog, Locator, Page

from tests.browser.installation import Installation

SHOWN_WITHIN = 20_000  # milliseconds
PASSWORD = "four quiet herons 12"


@dataclass
class Operator:
    """Every question of the browser's is kept and answered."""

    page: Page
    admin: str
    accepts: bool = True
    questions: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(SHOWN_WITHIN)
        self.page.on("dialog", self.answer)
        self.page.on("console", self.listen)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def answer(self, dialog: Dialog) -> None:
        self.questions.append(dialog.message or dialog.type)
        if self.accepts:
            dialog.accept()
        else:
            dialog.dismiss()

    def listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(message.text)

    def sign_in(self, installation: Installation) -> None:
        """With the one-time password, which must be changed at once; with the new one where that was done before."""
        known = installation.password
        self.page.goto(self.admin)
        self.page.locator("[name=username]").fill("operator")
        self.page.locator("[name=password]").fill(known or installation.one_time_password)
        self.page.keyboard.press("Enter")
        if known:
            self.page.wait_for_url(self.admin)  # whole: the sign-in page's address ends in next=/admin/
            return
        self.page.wait_for_url("**/password_change/")
        self.page.locator("[name=old_password]").fill(installation.one_time_password)
        self.page.locator("[name=new_password1]").fill(PASSWORD)
        self.page.locator("[name=new_password2]").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/password_change/done/")
        installation.password = PASSWORD

    def follow(self, name: str) -> None:
        self.here.get_by_role("link", name=name, exact=True).first.click()

    def press(self, name: str) -> None:
        self.here.get_by_role("button", name=name, exact=True).click()

    @property
    def here(self) -> Locator:
        """The page without its menu."""
        return self.page.locator(".memory")
