"""Which judges are known to refuse a document for an algorithm in it; `known.toml` says why."""

import tomllib
from pathlib import Path

from lxml.etree import _Element as Element
from saml_xml import NAMESPACES

REASONS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())


def refused_by(response: Element, plain: Element | None) -> dict[str, str]:
    known: dict[str, str] = {}
    for element in (response, plain):
        for algorithm in [] if element is None else element.xpath("//@Algorithm", namespaces=NAMESPACES):
            known |= REASONS.get(algorithm, {})
    return known
