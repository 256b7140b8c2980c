"""Makes corpus.txt: one sentence or short paragraph a line, from the packages of sources.py. Usage: corpus.py WORK"""

import hashlib
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from readers import READERS, SPACE
from sources import DEBIAN, DESCRIPTIONS, PYPI

SEED = 5
TOTAL = 200_000
FILLED = re.compile(r"%\([\w.]+\)[-#0-9.]*[a-zA-Z]|%[-+ #0]*[0-9.*]*(?:hh|h|ll|l|z|j)?[a-zA-Z%]|\{[^{}]*\}|\$\{?\w+\}?|``?|''")
SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z])")


def fetch(work):
    """Downloads the packages by their ordinary clients and unpacks each into a folder of its own."""
    debs, wheels = work / "debs", work / "wheels"
    for folder in (debs, wheels):
        folder.mkdir(parents=True, exist_ok=True)
    for s in DEBIAN:
        into = work / "text" / s.name
        if not into.exists():
            subprocess.run(["apt-get", "download", "-q", f"{s.name}={s.version}"], cwd=debs, check=True)
            deb = next(debs.glob(f"{s.name}_*.deb"))
            into.mkdir(parents=True)
            subprocess.run(["dpkg-deb", "-x", deb, into], check=True)
    for s in PYPI:
        into = work / "text" / s.name
        if into.exists():
            continue
        get = wheels / s.name
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", get, f"{s.name}=={s.version}"], check=True)
        into.mkdir(parents=True)
        for path in get.iterdir():
            unpack = ["tar", "-xf", path, "-C", into] if path.suffix == ".gz" else [sys.executable, "-m", "zipfile", "-e", path, into]
            subprocess.run(unpack, check=True)


def clean(text):
    return SPACE.sub(" ", FILLED.sub(" ", text)).strip(" -*=#:\t")


def good(text):
    words = re.findall(r"[^\W\d_]{2,}", text)
    letters = sum(c.isalpha() or c == " " for c in text)
    return 3 <= len(words) <= 90 and letters >= 0.82 * len(text) and len(text) < 600


def pieces(paragraph, rng):
    """A paragraph's sentences; now and then two or three of them together, because passages are longer than sentences."""
    sentences = SENTENCE.split(clean(paragraph))
    at = 0
    while at < len(sentences):
        take = rng.choice((2, 3)) if rng.random() < 0.12 else 1
        yield " ".join(sentences[at : at + take])
        at += take


def gather(source, work, seen):
    rng = random.Random(f"{SEED} {source.name}")
    found = []
    for paragraph in READERS[source.read](work / "text" / source.name):
        for text in pieces(paragraph, rng):
            mark = hashlib.blake2b(re.sub(r"\W+", "", text.casefold()).encode(), digest_size=8).digest()
            if mark not in seen and good(text):
                seen.add(mark)
                found.append(text)
    if source.most and len(found) > source.most:
        found = rng.sample(found, source.most)
    return found


def main(work):
    fetch(work)
    seen, texts, counts = set(), [], Counter()
    for source in [*DEBIAN, *PYPI, DESCRIPTIONS]:
        found = gather(source, work, seen)
        counts[source.name] = len(found)
        texts += found
        print(f"{len(found):7d} {source.name}", flush=True)
    random.Random(SEED).shuffle(texts)
    texts = texts[:TOTAL]
    data = "".join(t + "\n" for t in texts).encode()
    (work / "corpus.txt").write_bytes(data)
    print(len(texts), "texts, sha256", hashlib.sha256(data).hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
