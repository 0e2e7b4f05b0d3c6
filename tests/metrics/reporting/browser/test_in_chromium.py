"""The page in a real browser: keyboard, theme, width, errors, requests, and clips that play together."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reelkit.metrics.reporting import ReportOptions, Run, write_report
from tests.metrics.reporting.films import run

webdriver = pytest.importorskip("selenium.webdriver")
BINARY = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (BINARY and DRIVER), reason="no Chromium with its driver is installed")

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
SECONDS = 10.0
"""How long something on the page may take."""
PHONE, DESK = (390, 844), (1280, 900)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.binary_location = BINARY
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of one run, of two, and of two whose clips are linked."""
    folder = tmp_path_factory.mktemp("report")
    media = folder / "media"
    base = Run("base", run(media, "base", [60.0, 50.0, None, 55.0]), media)
    tuned = Run("tuned", run(media, "tuned", [61.0, 58.0, 49.0, None]), media)
    write_report(folder / "one.html", [base])
    write_report(folder / "two.html", [base, tuned])
    write_report(folder / "linked.html", [base, tuned], ReportOptions(clip_bytes=100))
    return {name: folder / f"{name}.html" for name in ("one", "two", "linked")}


def show(browser: Any, page: Path, size: tuple[int, int] = DESK, **features: str) -> None:
    """Load the page at a size, with media features such as prefers_color_scheme."""
    asked = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": asked})
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())
    browser.execute_script("try { localStorage.clear() } catch {}; delete document.documentElement.dataset.theme")


def until(browser: Any, script: str) -> None:
    """Wait for an expression to hold."""
    end = time.monotonic() + SECONDS
    while not browser.execute_script(f"return {script}"):
        assert time.monotonic() < end, f"never: {script}"
        time.sleep(0.05)


def press(browser: Any, selector: str, key: str) -> None:
    """Focus an element, and press a key where the focus is."""
    from selenium.webdriver.common.action_chains import ActionChains

    browser.execute_script("document.querySelector(arguments[0]).focus()", selector)
    ActionChains(browser).send_keys(key).perform()


def column(browser: Any, number: int) -> list[str]:
    """Texts of a column of the shots' table."""
    script = "return [...document.querySelectorAll('.filtered tbody tr')].map(r => r.children[arguments[0]].innerText)"
    found: list[str] = browser.execute_script(script, number)
    return found


@pytest.mark.parametrize("name", ["one", "two", "linked"])
@pytest.mark.parametrize("size", [PHONE, DESK])
def test_no_error_no_sideways_scroll_and_no_request(
    browser: Any, pages: dict[str, Path], name: str, size: tuple[int, int]
) -> None:
    browser.get_log("browser"), browser.get_log("performance")
    show(browser, pages[name], size)
    widths = browser.execute_script("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1] <= size[0]
    assert browser.get_log("browser") == []
    asked = [line["message"] for line in browser.get_log("performance") if "Network.requestWillBeSent" in line["message"]]
    assert not [message for message in asked if '"url":"http' in message or '"url":"ws' in message]


def test_a_table_is_sorted_by_the_keyboard_and_says_so(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.keys import Keys

    show(browser, pages["one"])
    head = ".filtered thead th:nth-child(3)"
    assert column(browser, 2)[:2] == ["60.00", "50.00"]
    press(browser, f"{head} button", Keys.ENTER)
    assert browser.execute_script(f"return document.querySelector('{head}').ariaSort") == "descending"
    assert [text[:5] for text in column(browser, 2)][:3] == ["60.00", "55.00", "50.00"]
    press(browser, f"{head} button", Keys.SPACE)
    assert browser.execute_script(f"return document.querySelector('{head}').ariaSort") == "ascending"
    assert [text[:5] for text in column(browser, 2)][:3] == ["50.00", "55.00", "60.00"]
    assert "not measured" in column(browser, 2)[3], "what was not measured stands last either way"


@pytest.mark.parametrize("system", ["dark", "light"])
def test_the_theme_follows_the_system_until_it_is_toggled(browser: Any, pages: dict[str, Path], system: str) -> None:
    from selenium.webdriver.common.keys import Keys

    def paper() -> int:
        colour = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        return int(colour.split("(")[1].split(",")[0])

    show(browser, pages["one"], prefers_color_scheme=system)
    assert (paper() < 60) == (system == "dark")
    press(browser, "#theme", Keys.ENTER)
    assert (paper() < 60) != (system == "dark")


def test_clips_of_two_runs_play_and_pause_together(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.keys import Keys

    for name in ("two", "linked"):
        show(browser, pages[name])
        browser.execute_script("window.clips = [...document.querySelector('.shot').querySelectorAll('video')]")
        press(browser, ".together", Keys.ENTER)
        until(browser, "clips.length === 2 && clips.every(c => !c.paused && c.currentTime > 0.2)")
        times = browser.execute_script("return clips.map(c => c.currentTime)")
        assert abs(times[0] - times[1]) < 0.25
        press(browser, ".together", Keys.ENTER)
        until(browser, "clips.every(c => c.paused)")
        assert "Play together" in browser.execute_script("return document.querySelector('.together').innerText")


def test_a_still_plays_its_clip_by_the_keyboard(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.keys import Keys

    show(browser, pages["one"])
    press(browser, ".play", Keys.ENTER)
    until(browser, "!document.querySelector('video').paused")
    assert browser.execute_script("return document.activeElement.tagName") == "VIDEO"
    until(browser, "document.querySelector('video').ended && !document.querySelector('.play').hidden")


def test_the_filter_narrows_shots_and_tables_and_says_how_many(browser: Any, pages: dict[str, Path]) -> None:
    show(browser, pages["two"])
    press(browser, "#filter", "s02 mara")
    assert browser.execute_script("return document.querySelectorAll('.shot:not([hidden])').length") == 2
    assert browser.execute_script("return document.querySelectorAll('.filtered tbody tr:not([hidden])').length") == 4
    assert browser.execute_script("return document.getElementById('found').innerText") == "2 of 4 shots"


def test_bars_follow_the_chosen_metric_and_draw_no_bar_for_what_is_missing(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.support.select import Select

    show(browser, pages["two"])
    assert browser.execute_script("return document.querySelectorAll('#barred tbody .gap').length") == 2
    Select(browser.find_element("id", "metric")).select_by_visible_text("cut inside")
    assert "lower is better" in browser.find_element("id", "about").text
    rows = browser.execute_script("return [...document.querySelectorAll('#barred tbody tr')].map(r => r.innerText)")
    assert "not measured" in rows[2]
    shade = "return [...document.querySelectorAll('#barred tbody tr:nth-child(2) rect:last-child')].map(r => r.className.baseVal)"
    assert browser.execute_script(shade) == ["g0", "g0"], "a cut inside a take is shown as bad"


def test_every_control_has_a_name_and_focus_is_seen(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.keys import Keys

    show(browser, pages["two"])
    named = "e => e.ariaLabel || e.innerText || e.labels?.length"
    controls = "[...document.querySelectorAll('button, select, input')]"
    assert browser.execute_script(f"return {controls}.length > 20 && {controls}.every({named})")
    press(browser, "#filter", Keys.TAB)
    assert browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_motion_stops_where_it_is_not_wanted(browser: Any, pages: dict[str, Path]) -> None:
    script = "return getComputedStyle(document.documentElement).scrollBehavior"
    show(browser, pages["one"])
    assert browser.execute_script(script) == "smooth"
    show(browser, pages["one"], prefers_reduced_motion="reduce")
    assert browser.execute_script(script) == "auto"


def test_without_scripts_stills_clips_and_numbers_are_there(browser: Any, pages: dict[str, Path]) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(pages["two"].as_uri())
        video = browser.find_element("css selector", "video").get_attribute("outerHTML")
        assert " controls" in video.split("poster")[0]
        assert "61.00" in browser.find_element("css selector", ".filtered").text
        assert not browser.find_element("id", "theme").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
