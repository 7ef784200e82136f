"""A page in a browser: it loads without a complaint, and a click folds a witness open."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import collude as co

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PLACE = """JSON.stringify((() => { const s = document.querySelectorAll('details')[0].querySelector('summary');
    s.scrollIntoView({block: 'center'}); const r = s.getBoundingClientRect();
    return [r.left + 20, r.top + r.height / 2]; })())"""
STATE = """JSON.stringify((() => { const d = document.querySelectorAll('details')[0];
    return {open: d.open, seen: d.querySelector('table').checkVisibility(), text: d.innerText}; })())"""


class Browser:
    """A browser without a screen, spoken to through pipes: one JSON object a message, each ended by a zero."""

    def __init__(self, commands: int, answers: int) -> None:
        self.commands, self.answers = commands, os.fdopen(answers, "rb")
        self.number, self.session, self.complaints = 0, "", list[str]()

    def ask(self, method: str, **parameters: object) -> dict[str, object]:
        """Give a command and wait for its answer; what is logged meanwhile is kept."""
        self.number += 1
        message: dict[str, object] = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self.read())
            if answer.get("method") == "Log.entryAdded":
                self.complaints.append(answer["params"]["entry"]["text"])
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def read(self) -> bytes:
        """The next message."""
        read = bytearray()
        while (sign := self.answers.read(1)) != b"\0":
            assert sign, "the browser is gone"
            read += sign
        return bytes(read)

    def value(self, expression: str) -> object:
        """The value of an expression on the page, which it gives as JSON."""
        result = self.ask("Runtime.evaluate", expression=expression)["result"]
        assert isinstance(result, dict)
        return json.loads(result["value"])


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A Chromium of its own, ended afterwards."""
    (its_input, commands), (answers, its_output) = os.pipe(), os.pipe()
    assert CHROMIUM is not None

    def give_pipes() -> None:
        os.dup2(its_input, 1003)
        os.dup2(its_output, 1004)
        os.dup2(1003, 3)
        os.dup2(1004, 4)

    words = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        [CHROMIUM, *words, "about:blank"],
        preexec_fn=give_pipes,
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_input)
    os.close(its_output)
    try:
        yield Browser(commands, answers)
    finally:
        process.terminate()
        process.wait(timeout=30)
        os.close(commands)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_click_folds_a_witness_open(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    auction = co.second_price(co.auction(2, range(4), labels=["A", "<img src=x onerror=document.title=1>"]))
    path = co.report(co.check(auction), tmp_path / "page.html", mechanism=auction)
    with browser(tmp_path / "profile") as page:
        target = page.ask("Target.createTarget", url="about:blank")["targetId"]
        page.session = str(page.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        page.ask("Log.enable")
        page.ask("Page.enable")
        page.ask("Emulation.setDeviceMetricsOverride", width=1000, height=800, deviceScaleFactor=1, mobile=False)
        page.ask("Page.navigate", url=path.as_uri())
        while page.value("JSON.stringify([document.readyState, document.title])") != ["complete", page.value(
            "JSON.stringify(document.title)")] or page.value("JSON.stringify(location.protocol)") != "file:":  # fmt: skip
            pass
        assert page.value("JSON.stringify(document.images.length)") == 0
        closed = page.value(STATE)
        assert isinstance(closed, dict)
        assert (closed["open"], closed["seen"]) == (False, False)
        x, y = page.value(PLACE)  # type: ignore[misc]
        for kind in ("mousePressed", "mouseReleased"):
            page.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        opened = page.value(STATE)
        assert isinstance(opened, dict)
        assert (opened["open"], opened["seen"]) == (True, True)
        assert "pays" in opened["text"]
        sizes = page.value(
            "JSON.stringify([...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect().width))"
        )
        assert isinstance(sizes, list)
        assert len(sizes) == 5
        assert all(200 < width <= 1000 for width in sizes)
        assert page.complaints == []
