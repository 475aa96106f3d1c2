"""Takes a picture of a report with a Chromium that is on this machine.

``python -m evenhand.reports.screenshot REPORT.html OUT.png [WIDTH HEIGHT]``
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..errors import EvenhandError, UserError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
"""Flags under which the browser asks nothing of any network by itself."""


def find_chromium() -> Path | None:
    """Return the path of the first Chromium or Chrome found, or None."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return None if found is None else Path(found)


def chromium_command(browser: Path, profile: Path, *arguments: str) -> list[str]:
    """Return the command line of a headless browser with a profile of its own.

    The browser's sandbox cannot start under the root account, which is what containers usually run as.
    """
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [str(browser), *FLAGS, *sandbox, f"--user-data-dir={profile}", *arguments]


def screenshot(report: Path, picture: Path, *, width: int = 1280, height: int = 800, timeout: float = 60) -> None:
    """Write a PNG of a report's first screen.

    Args:
        report: HTML file.
        picture: PNG file to write.
        width: Pixels.
        height: Pixels.
        timeout: Seconds the browser may take.

    Raises:
        UserError: If the report does not exist or no Chromium is installed.
        EvenhandError: If the browser fails.
    """
    if not report.is_file():
        raise UserError("no such report", fix="make one with: evenhand report RUN", file=report)
    browser = find_chromium()
    if browser is None:
        raise UserError("no Chromium is installed", fix="install it, for example with: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="evenhand-browser-", ignore_cleanup_errors=True) as profile:
        size = (f"--window-size={width},{height}", f"--screenshot={picture.resolve()}")
        command = chromium_command(browser, Path(profile), *size, report.resolve().as_uri())
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise EvenhandError(f"{browser.name} took longer than {timeout:.0f} s") from None
    if done.returncode != 0 or not picture.is_file():
        lines = done.stderr.strip().splitlines()
        raise EvenhandError(f"{browser.name} took no picture: {lines[-1] if lines else 'no reason given'}")


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    if len(arguments) not in (2, 4) or not all(size.isdecimal() for size in arguments[2:]):
        sys.stderr.write("usage: python -m evenhand.reports.screenshot REPORT.html OUT.png [WIDTH HEIGHT]\n")
        return 2
    width, height = (int(size) for size in arguments[2:] or ("1280", "800"))
    try:
        screenshot(Path(arguments[0]), Path(arguments[1]), width=width, height=height)
    except EvenhandError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
