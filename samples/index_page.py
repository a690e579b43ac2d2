"""The corpus's index page, as Apache's mod_autoindex with FancyIndexing writes it."""

import html
import time
import urllib.parse

WIDTH = 23  # of the shown name: longer ones are cut

HEAD = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html>
 <head>
  <title>Index of /SpeechCorpus/Trunk/Audio/Main/16kHz_16bit</title>
 </head>
 <body>
<h1>Index of /SpeechCorpus/Trunk/Audio/Main/16kHz_16bit</h1>
<pre><img src="/icons/blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a>                    \
<a href="?C=M;O=A">Last modified</a>      <a href="?C=S;O=A">Size</a>  <a href="?C=D;O=A">Description</a><hr>\
<img src="/icons/back.gif" alt="[DIR]"> <a href="/SpeechCorpus/Trunk/Audio/Main/">Parent Directory</a>\
                             -   \n\
"""
FOOT = """<hr></pre>
<address>Apache/2.4.57 (Debian) Server at 127.0.0.1 Port 80</address>
</body></html>
"""


def shown_size(size: int) -> str:
    """Apache's four characters: 12, 1.2K, 123K, 1.2M."""
    if size < 973:
        return f"{size:3d} "
    for unit in "KMG":
        size /= 1024
        if size < 973:
            return f"{size:.1f}{unit}" if size < 9.95 else f"{size:3.0f}{unit}"
    return f"{size:3.0f}T"


def index_page(files: list[tuple[str, int, int]]) -> str:
    """`files`: name, size in bytes, modification time (seconds since 1970)."""
    lines = []
    for name, size, modified in files:
        shown = name if len(name) <= WIDTH else name[: WIDTH - 3] + "..>"
        padding = " " * (WIDTH - len(shown))
        when = time.strftime("%d-%b-%Y %H:%M", time.gmtime(modified))
        link = f'<a href="{urllib.parse.quote(name)}">{html.escape(shown)}</a>{padding}'
        lines.append(f'<img src="/icons/compressed.gif" alt="[   ]"> {link} {when} {shown_size(size)}  \n')
    return HEAD + "".join(lines) + FOOT
