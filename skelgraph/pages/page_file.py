"""Writing a page: one file of HTML that loads nothing, with its numbers as JSON.

Text reaches the page in two ways. Templates escape it (Jinja2 with autoescape), and JSON in a
``<script type="application/json">`` block has no character that could end the block. The script of
the page only ever makes text nodes of it. A Content-Security-Policy
(https://www.w3.org/TR/CSP3/) admits the page's own script, by its hash, and no connection at all.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from skelgraph._version import __version__
from skelgraph.io import replace_whole

_POLICY = (
    "default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
    "media-src file: data: blob:; base-uri 'none'; form-action 'none'"
)
_SCRIPTS = ("dom.js", "clip.js", "scene.js", "player.js")
"""What all pages have, in this order."""


def write_page(
    file: Path,
    template: str,
    *,
    title: str,
    data: Mapping[str, Any],
    scripts: Sequence[str] = (),
    **context: Any,
) -> Path:
    """Write a page, and replace an older one as a whole.

    Args:
        file: The page; its folder is made.
        template: Name of its template among the parts of this package.
        title: Heading and title of the window.
        data: What its script gets; plain types that JSON has, NaN excepted.
        scripts: Scripts besides the player's, in their order; the last one starts the page.
        **context: What its template gets.

    Returns:
        The page's path.

    Raises:
        OSError: If it cannot be written.
    """
    script = "\n".join(_read_part(name) for name in (*_SCRIPTS, *scripts))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    html = (
        _make_environment()
        .get_template(template)
        .render(
            title=title,
            version=__version__,
            policy=_POLICY.format(digest=digest),
            style=Markup(_read_part("page.css")),
            script=Markup(script),
            data=escape_json(data),
            **context,
        )
    )
    with replace_whole(file) as partial:
        partial.write_bytes(html.encode("utf-8", "replace"))
    return file


def escape_json(data: Mapping[str, Any]) -> Markup:
    r"""Return JSON that can stand in a script block, whatever texts it holds.

    Raises:
        ValueError: If a number is not finite.

    Example:
        >>> print(escape_json({"name": "</script>"}))
        {"name":"\u003c/script\u003e"}
    """
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _make_environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_read_part),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = lambda share: "-" if share is None else f"{share:.1%}"
    return environment


def _read_part(name: str) -> str:
    return files("skelgraph.pages").joinpath("parts", name).read_text("utf-8")
