"""Units of length as marker files spell them."""

from collections.abc import Mapping

from skelgraph.poses import Unit

_SPELLINGS: Mapping[Unit, str] = {
    "m": "m meter meters metre metres",
    "cm": "cm centimeter centimeters",
    "mm": "mm millimeter millimeters",
}


def parse_unit(text: str) -> Unit | None:
    """Return the unit that a text spells; None if it is unknown.

    Example:
        >>> parse_unit(" MM"), parse_unit("furlong")
        ('mm', None)
    """
    word = text.strip().lower()
    return next((unit for unit, spelled in _SPELLINGS.items() if word in spelled.split()), None)
