"""The glossary in a real browser: there from a chapter, and back to another."""

from tests.browser.page import opened

TITLE = "() => window.jupyterapp.shell.currentWidget.title.label"


def test_a_chapter_leads_to_the_glossary_and_the_glossary_to_a_chapter(browser, lab):
    with opened(browser, lab, "00_start_here.ipynb") as notebook:
        page = notebook.page
        page.get_by_role("link", name="glossary").first.click()
        page.wait_for_function(f"({TITLE})() === 'glossary.ipynb'")
        page.get_by_role("link", name="03a", exact=True).first.click()
        page.wait_for_function(f"({TITLE})() === '03a_maml.ipynb'")
        assert notebook.console_errors == []
