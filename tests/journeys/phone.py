"""A phone that a journey is made with: what goes wrong on it is kept, and asked for at the end."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Response

SCREEN = {"width": 360, "height": 740}
WAIT = 30_000  # milliseconds until a text has to be there; two slow processors, a planner among others


class Phone:
    """One browser of a small screen. `page` is what is seen; clicks and typing go there."""

    def __init__(self, browser: Browser, base_url: str, language: str = "en-US") -> None:
        self.host = urlsplit(base_url).netloc
        self.faults: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=base_url, viewport=SCREEN, is_mobile=True, has_touch=True, locale=language
        )
        self.context.set_default_timeout(WAIT)
        self.context.on("response", self._look_at_response)
        self.context.on("request", lambda request: self._look_at_address(request.url))
        self.context.on("console", self._look_at_console)
        self.context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        self.page: Page = self.context.new_page()

    def read(self, words: str) -> None:
        """Wait until these words are seen."""
        self.page.get_by_text(words).first.wait_for()

    def headline(self, words: str) -> None:
        """Wait until the page with this headline is there."""
        self.page.get_by_role("heading", level=1, name=words).wait_for()

    def fill(self, **fields: str) -> None:
        """Type into fields by their names in the form."""
        for name, value in fields.items():
            self.page.locator(f'[name="{name}"]').fill(value)

    def follow(self, words: str) -> None:
        self.page.get_by_role("link", name=words, exact=True).first.click()

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).first.click()

    def download(self, words: str) -> bytes:
        """What a link hands out as a file."""
        with self.page.expect_download() as started:
            self.follow(words)
        return started.value.path().read_bytes()

    def _look_at_response(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} for {response.url}")

    def _look_at_address(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).netloc != self.host:
            self.faults.append(f"another host was asked: {url}")

    def _look_at_console(self, message: object) -> None:
        if getattr(message, "type", "") == "error":
            self.faults.append(f"console: {getattr(message, 'text', '')}")
