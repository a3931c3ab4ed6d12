"""The distribution's Chromium, without a window, driven by Playwright."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

from playwright.sync_api import Page, sync_playwright

from .programs import require


class Chromium:
    """A browser that opens pages of any width, light or dark. Used as a context manager."""

    def __init__(self) -> None:
        self._program = require("chromium")
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        playwright = self._parts.enter_context(sync_playwright())
        # Its sandbox refuses to run as root, as in containers.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._browser = playwright.chromium.launch(executable_path=self._program, args=arguments)
        self._parts.callback(self._browser.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    @contextmanager
    def page(self, width: int = 1280, *, dark: bool = False) -> Iterator[Page]:
        """An empty page, without cookies or cache of others."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        try:
            yield context.new_page()
        finally:
            context.close()
