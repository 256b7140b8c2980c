"""Takes running text out of packages: each reader yields paragraphs of plain text, in the same order every time."""

import ast
import gzip
import html.parser
import re
import subprocess
from pathlib import Path

SPACE = re.compile(r"\s+")


def files(folder, *endings):
    """The regular files below folder with one of the endings, sorted by path."""
    found = (p for p in Path(folder).rglob("*") if p.is_file() and not p.is_symlink())
    return sorted(p for p in found if not endings or p.name.endswith(endings))


def read(path):
    data = Path(path).read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return data.decode("utf-8", "replace")


def wordnet(folder):
    """Glosses, by turns alone and after their word, and the examples in them."""
    for path in files(folder, "data.noun", "data.verb", "data.adj", "data.adv"):
        for n, line in enumerate(read(path).splitlines()):
            if line.startswith("  ") or " | " not in line:
                continue
            head, gloss = line.split(" | ", 1)
            word = head.split()[4].replace("_", " ").split("(")[0]
            definition = gloss.split('; "')[0].strip()
            yield f"{word}: {definition}" if n % 2 else definition
            yield from re.findall(r'"([^"]{12,})"', gloss)


class Paragraphs(html.parser.HTMLParser):
    """The text of <p>, <li>, <dd> and <dt>, without code blocks."""

    BLOCK = {"p", "li", "dd", "dt", "td", "h1", "h2", "h3", "div"}
    SKIP = {"pre", "script", "style", "nav", "head"}

    def __init__(self):
        super().__init__()
        self.out, self.now, self.skip = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.skip += tag in self.SKIP
        if tag in self.BLOCK:
            self.end()

    def handle_endtag(self, tag):
        self.skip -= tag in self.SKIP and self.skip > 0
        if tag in self.BLOCK:
            self.end()

    def handle_data(self, data):
        if not self.skip:
            self.now.append(data)

    def end(self):
        text = SPACE.sub(" ", "".join(self.now)).strip().replace("¶", "")
        self.now = []
        if text:
            self.out.append(text)


def html_pages(folder):
    for path in files(folder, ".html", ".html.en", ".html.gz"):
        page = Paragraphs()
        page.feed(read(path))
        page.end()
        yield from page.out


def markdown(folder):
    for path in files(folder, ".md", ".md.gz", ".rst", ".html"):
        if path.name.endswith(".html"):
            continue
        text = re.sub(r"```.*?```", "", read(path), flags=re.S)
        for block in re.split(r"\n\s*\n", text):
            if not block.startswith(("    ", "\t", "#", "|", "<", "---")):
                yield re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*_]", r"\1", block)


def dictionary(folder):
    for path in files(folder, ".dict.dz"):
        for block in re.split(r"\n\s*\n|\n(?=\S)", read(path)):
            yield re.sub(r"[{}]", "", block)


def fortunes(folder):
    keep = {"computers", "linux", "science", "people", "education", "food", "literature", "medicine", "news", "pets", "platitudes",
            "politics", "sports", "work", "kids", "law", "wisdom", "riddles", "men-women", "love", "goedel", "art", "fortunes", "miscellaneous"}
    for path in files(folder):
        if path.name in keep and path.parent.name == "fortunes":
            for block in read(path).split("\n%\n"):
                yield re.sub(r"\n\s+--.*", "", block, flags=re.S)


def manual(folder):
    """Manual pages: the text between the macros."""
    for path in files(folder, ".gz"):
        if "/man/man" not in str(path):
            continue
        block = []
        for line in read(path).splitlines():
            if line.startswith((".B ", ".I ", ".BR ", ".IR ", ".RB ", ".RI ")):
                line = line.split(" ", 1)[1].replace('"', "")
            elif line.startswith((".", "'")):
                yield " ".join(block)
                block = []
                continue
            block.append(re.sub(r"\\f[BIRP]|\\f\(..|\\&|\\\(..|\\", "", line.replace("\\-", "-")))
        yield " ".join(block)


def strings(folder):
    """Messages inside programs."""
    for path in files(folder):
        data = path.read_bytes()
        if data[:4] != b"\x7fELF":
            continue
        for run in re.findall(rb"[\x20-\x7e]{20,400}", data):
            text = run.decode()
            if len(re.findall(r"\b[a-z]{2,}\b", text)) >= 3 and "_" not in text and "  " not in text:
                yield text


LOGGERS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log"}


def texts_in(node):
    """The words of a string expression; what is filled in later is left out, as a template's masks are."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return " ".join(v.value for v in node.values if isinstance(v, ast.Constant) and isinstance(v.value, str))
    if isinstance(node, ast.BinOp):
        return " ".join(filter(None, (texts_in(node.left), texts_in(node.right) if isinstance(node.op, ast.Add) else "")))
    if isinstance(node, ast.Call) and node.args:
        return texts_in(node.func.value) if isinstance(node.func, ast.Attribute) and node.func.attr == "format" else texts_in(node.args[0])
    return ""


def code(folder):
    """Python sources: what they log and raise, their documentation strings, the keys of their records."""
    for path in files(folder, ".py"):
        try:
            tree = ast.parse(read(path))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOGGERS and node.args:
                yield texts_in(node.args[0])
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                yield from (texts_in(a) for a in node.exc.args[:2])
            elif isinstance(node, ast.Assign) and "msg" in str(getattr(node.targets[0], "id", "")).lower():
                yield texts_in(node.value)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
                yield from re.split(r"\n\s*\n|\n\s*:|\n\s*[-*]|>>>", ast.get_docstring(node) or "")[:3]
            elif isinstance(node, ast.Dict) and 4 <= len(node.keys) <= 14:
                keys = [k.value for k in node.keys if isinstance(k, ast.Constant) and isinstance(k.value, str) and k.value.isascii()]
                if len(keys) == len(node.keys):
                    yield "keys: " + re.sub(r"[_.\-]", " ", " ".join(keys))


def descriptions(_):
    """apt's index of packages, as it is on this machine: a line on each."""
    out = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True, text=True, errors="replace").stdout
    yield from sorted(set(re.findall(r"^Description(?:-en)?: (.+)$", out, flags=re.M)))


READERS = {"wordnet": wordnet, "html": html_pages, "markdown": markdown, "dictionary": dictionary, "fortunes": fortunes, "manual": manual,
           "strings": strings, "code": code, "descriptions": descriptions}
