"""axe-core, asked for what matters."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

GRAVE = ("serious", "critical")

SETTLED = """() => {
  const ending = document.getAnimations().filter(
    one => one.playState === "running" && one.effect.getComputedTiming().endTime < 10_000,
  );
  return Promise.all(ending.map(one => one.finished.catch(() => {}))).then(() => true);
}"""

# What is right is neither gathered nor sent.
VIOLATIONS = (
    """within => axe.run(within ?? document, {resultTypes: ["violations"]}).then(found => found.violations)"""
)


def assert_accessible(page: Page, *, within: str = "") -> None:
    """Fails, naming rule and place, when axe-core finds something serious or critical on the page as it stands.

    It looks at all of it, or at what the selector `within` finds.
    """
    page.evaluate(SETTLED)  # A colour on its way from one theme to the other is nobody's choice.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(VIOLATIONS, within or None)
    grave = [
        f"{item['id']} ({item['impact']}): {item['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for item in found
        if item["impact"] in GRAVE
        for node in item["nodes"][:5]
    ]
    assert not grave, "\n".join([f"On {page.url}:", *grave])
