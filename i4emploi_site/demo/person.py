"""A person at a browser without JavaScript: opens pages, fills forms, reads mail."""

import email
import email.policy
import re
import time
from pathlib import Path

import mechanicalsoup


class PageError(Exception):
    """A page did not answer as it should; the message says which and what it said."""


class Person:
    def __init__(self, site: str, mail: Path, address: str):
        self.site = site
        self.mail = mail
        self.address = address
        self.browser = mechanicalsoup.StatefulBrowser(
            soup_config={"features": "lxml"}, user_agent="Mozilla/5.0 (X11; Linux x86_64) demo/1.0"
        )
        self._read: set[str] = set()

    @property
    def url(self) -> str:
        return self.browser.url

    @property
    def page(self):
        return self.browser.page

    def open(self, path: str):
        response = self.browser.open(path if path.startswith("http") else self.site + path)
        return self._checked(response)

    def submit(self, form: str = "main form", button: str | None = None, **fields):
        """Fill the form that `form` selects and press its button (the one named `button`, else the first)."""
        chosen = self.browser.select_form(form)
        for name, value in fields.items():
            self._fill(chosen, name, value)
        if button:
            pressed = self.page.select_one(f"{form} {button}")
            if pressed is None:
                raise PageError(f"{self.url}: no button {button!r}")
            chosen.choose_submit(pressed)
        errors_before = self.url
        self._checked(self.browser.submit_selected())
        if wrong := self.errors():
            raise PageError(f"{errors_before}: {'; '.join(wrong)}")
        return self.page

    def _fill(self, form, name: str, value) -> None:
        element = form.form.find(attrs={"name": name})
        if element is None:
            names = sorted({field["name"] for field in form.form.select("[name]")})
            raise PageError(f"{self.url}: no field {name!r}; there are {', '.join(names)}")
        kind = element.get("type", "")
        if kind == "checkbox":
            form.set_checkbox({name: bool(value)})
        elif kind == "radio":
            form.set_radio({name: value})
        else:
            form.set(name, value)

    def errors(self) -> list[str]:
        found = self.page.select(".errorlist li, .errornote, .field-error") if self.page else []
        return [item.get_text(" ", strip=True) for item in found]

    def _checked(self, response):
        if response.status_code >= 400:
            text = self.page.get_text(" ", strip=True)[:400] if self.page else response.text[:400]
            raise PageError(f"{response.status_code} at {response.url}: {text}")
        return self.page

    def next_mail(self, containing: str, seconds: float = 20) -> str:
        """The text of the first unread mail to this person that matches the regular expression."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for path in sorted(self.mail.glob("*.log")) if self.mail.exists() else []:
                for number, text in enumerate(_messages(path, self.address)):
                    mark = f"{path.name}#{number}"
                    if mark not in self._read and re.search(containing, text):
                        self._read.add(mark)
                        return text
            time.sleep(0.1)
        raise PageError(f"No mail to {self.address} with {containing!r}")

    def forget_mail(self) -> None:
        """What came until now counts as read."""
        for path in sorted(self.mail.glob("*.log")):
            self._read.update(f"{path.name}#{number}" for number, _text in enumerate(_messages(path, self.address)))

    def link_in_mail(self, pattern: str) -> str:
        found = re.search(pattern, self.next_mail(pattern))
        return found.group(0)


def _messages(path: Path, address: str) -> list[str]:
    """The plain texts of the messages to `address` in a file of Django's file e-mail backend."""
    texts = []
    for raw in re.split(rb"^-{79}$", path.read_bytes(), flags=re.M):
        message = email.message_from_bytes(raw.lstrip(), policy=email.policy.default)
        if address in str(message["To"] or ""):
            body = message.get_body(("plain",))
            texts.append(body.get_content() if body else "")
    return texts
