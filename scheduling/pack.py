"""The plan pack as plain files, to be put behind any web server or copied to a stick."""

from bulou.assets import asset_path
from bulou.i18n import LANGUAGES, speaking
from bulou.links import public_url
from scheduling.handouts import building_sheets, managers_table, point_sheets
from scheduling.queries.public import PublicPlan
from scheduling.views.public import Links, building_page, round_page

STYLE = "public.css"
# Beside each other in a folder for each language; tickets are of the running program.
LINKS = Links(
    style=f"../{STYLE}",
    home=lambda lang: f"../{lang}/index.html",
    building=lambda lang, code: f"../{lang}/{code}.html",
    ticket=lambda lang, code: public_url(f"/B/{code}/TICKET?lang={lang}"),
)


def pack_files(plan: PublicPlan) -> dict[str, bytes]:
    """Content by path: zh/ and en/ with index.html, a page for each building, two PDFs and the workbook.

    Raises NothingPublished.
    """
    files = {STYLE: asset_path("css/public.css").read_bytes()}
    for lang in LANGUAGES:
        with speaking(lang):
            files[f"{lang}/buildings.pdf"] = building_sheets(plan)
            files[f"{lang}/points.pdf"] = point_sheets(plan)
            files[f"{lang}/table.xlsx"] = managers_table(plan)
        files[f"{lang}/index.html"] = round_page(plan, lang, LINKS).encode()
        for building in plan.buildings:
            files[f"{lang}/{building.code}.html"] = building_page(plan, building, lang, LINKS).encode()
    return files
