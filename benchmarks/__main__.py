"""Prints the product's measurements, each beside its goal.   python -m benchmarks [names] [--markdown]

Nothing here passes or fails: a shared machine is slow for reasons of its own. Read, compare, judge.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.test")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
django.setup()

from django.test.utils import setup_test_environment

from benchmarks import (
    activity,
    folder,
    product,
    rig,
    search,
    search_index,
    search_socket,
    signing,
    socket_rows,
    starting,
    warm_search,
    wire,
)
from benchmarks.figures import Figure

ON_THE_PRODUCT: dict[str, Callable[[rig.Rig], list[Figure]]] = {
    "listing": product.listing,
    "folder_page": product.folder_page,
    "presign": product.presign,
    "weight": product.weight,
    "wire_listing": wire.wire_listing,
    "wire_urls": wire.wire_urls,
    "wire_presign": wire.wire_presign,
    "memory": product.memory,
}
ALONE: dict[str, Callable[[], Iterable[Figure]]] = {
    "presign_ratio": signing.presign_ratio,
    "parsing": signing.parsing,
    "folder_listing": folder.folder_listing,
    "starts": starting.starts,
    "activity": activity.activity,
    "search": search.search,
    "search_index": search_index.search_index,
    "search_socket": search_socket.search_socket,
    "search_rows": socket_rows.search_rows,
}
BY_NAME_ALONE: dict[str, Callable[[], Iterable[Figure]]] = {
    **search.CASES,
    "search_index_5m": search_index.search_index_5m,
    "warm_search": warm_search.warm_search,
}


def main() -> int:
    names = [*ON_THE_PRODUCT, *ALONE]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"which of: {', '.join(names)}; default: all"
    )
    parser.add_argument("--markdown", action="store_true", help="print a table for docs/performance.md")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - {*names, *BY_NAME_ALONE}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    wanted = chosen.names or names
    line = "| {0} | {1} | {2} |" if chosen.markdown else "{0:<62} {1:<52} {2}"
    print(line.format("what", "measured", "goal"), flush=True)
    if chosen.markdown:
        print("|---|---|---|", flush=True)
    setup_test_environment()
    if set(wanted) & set(ON_THE_PRODUCT):
        with rig.running() as running:
            for name in (name for name in ON_THE_PRODUCT if name in wanted):
                say(line, ON_THE_PRODUCT[name](running))
    alone = {**ALONE, **BY_NAME_ALONE}
    for name in (name for name in alone if name in wanted):
        say(line, alone[name]())
    return 0


def say(line: str, figures: Iterable[Figure]) -> None:
    for figure in figures:
        print(line.format(figure.what, figure.value, figure.goal), flush=True)


if __name__ == "__main__":
    sys.exit(main())
