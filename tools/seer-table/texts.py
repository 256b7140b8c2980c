"""Makes texts.json: what the Go encoder and the reference must agree on. Usage: texts.py"""

import json
import random
import unicodedata
from pathlib import Path

SEED = 5

ODD = [
    "", " ", "\t\n\r", "a", "A", "?", "...", "don't", "O'Neil's", "e-mail", "x_y_z", "C++ & C#", "100%", "3.14", "#hash @at $1",
    "Ünïcödé", "Crème Brûlée à l'école", "naïve façade, coöperate", "e\u0301 a\u0308 n\u0303 c\u0327", "Dvořák, Łódź, Ærø, Øresund, Straße, ŒUVRE",
    "İstanbul ISPARTA ıĞdır", "ΣΊΣΥΦΟΣ και Οδυσσέας", "Привет, мир! Ещё ёлка", "שלום עולם", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก",
    "你好，世界", "東京タワー", "漢字とかな", "人 口 中国 北京 broker 超时", "カタカナ ﾊﾝｶｸ ひらがな", "がぎぐげご パピプ", "한국어 테스트", "값 각 힣 가",
    "豈 更 車 樂", "𠀀𠮷野家", "ﬁne ﬂow Ⅷ ½ ² ™ ℃", "①②③", "１２３ ａｂｃ ＡＢＣ", "٣٤٥ ६७", "🙂", "deploy failed 🚨🔥 roll back", "👨‍👩‍👧‍👦 family 👍🏽", "❤️ love", "🇩🇪 Berlin",
    "“quoted” ‘single’ – dash — em… ellipsis", "«guillemets» ¿qué? ¡sí!", "a\u00a0b\u2003c\u3000d\u2028e", "zero\u200bwidth\u200djoin\ufeffbom", "soft\u00adhyphen",
    "nul\x00byte", "bell\x07 esc\x1b[31mred\x1b[0m", "tab\tsep\x0bvt\x0cff", "del\x7f c1\x85\x9b", "bad \ufffd replacement", "private \ue000 use",
    "[CLS] [SEP] [UNK] [MASK] [PAD] [unused1]", "##ing ##s", "[ ] < > { }", "<num>", "<ADDR>", "<>", "<a", "a<b>c", "<b1>", "<not a mask>", "<" * 50, "<num><num> x <_->",
    "<" + "a" * 32 + ">", "<" + "a" * 33 + ">", "a" * 99, "a" * 100, "a" * 101, "é" * 100, "é" * 101, "e\u0301" * 100, "ab" * 3000, "word " * 400, "😀" * 300, "漢" * 300, "!" * 300,
    "antidisestablishmentarianism", "pneumonoultramicroscopicsilicovolcanoconiosis", "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
    "xqzjkv", "zzzzzzzz qqqq", "kubernetes etcd kafka zookeeper", "rebalancing rebalanced rebalances", "QWERTZ", "iPhone iOS macOS", "HTTPServerError",
    "2026-11-21T20:58:18.123Z ERROR [consumer-3] Connection to node 2 (broker/10.0.0.7:9092) could not be established",
    "connection to <addr> timed out after <num> ms", "user 4711 logged in from 192.168.1.20", "GC pause (G1 Evacuation Pause) (young) 512M->128M(2048M) 23.4ms",
    '10.1.2.3 - - [21/Nov/2026:20:58:18 +0000] "GET /api/v1/orders/42?full=true HTTP/1.1" 200 512 "-" "curl/8.5.0"',
    '{"order_id":"o-123","customer":"Zoë","total":12.50,"currency":"EUR","items":[{"sku":"A1","qty":2}]}', '{"level":"warn","msg":"disk /dev/sda1 is 91% full","host":"db-2"}',
    "java.lang.OutOfMemoryError: Java heap space\n\tat io.krapp.Main.run(Main.java:42)", "panic: runtime error: index out of range [5] with length 3",
    "SELECT * FROM orders WHERE id = 'x'; -- drop", "<html><body class=\"x\">Hi &amp; bye</body></html>", "C:\\Users\\Ann\\file.txt /var/log/syslog.1", "a@b.example https://krapp.example/x?y=z#f",
    "aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQ=", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "0xDEADBEEF", "v1.2.3-rc.4+build.5", "१२३abc", "price: €5, £6, ¥7, ₹8", "±×÷≠≤≥∞", "→⇒↔", "½ cup; 2½ cups",
    "Der Verbraucher hat die Übersicht verloren.", "Où est passée la messagerie de l'équipe ?", "El consumidor perdió la conexión.", "Żółć gęślą jaźń", "Việt Nam có bão số mười", "Ελλάδα; τι;", "\u037e\u1fef\u0387",
    "o\u0328\u0301", "\u0301start", "q\u0307\u0323", "\u1e9b\u0323", "ǅ ǆ ß ẞ", "Å \u212b K \u212a Ω \u2126",
]

SUBJECTS = ["the broker", "a consumer of the group billing", "the payment gateway", "our night shift", "the old lighthouse keeper", "partition <num> of <topic>", "Señora Núñez",
            "the mail relay", "replica 3", "the harvest festival", "a Größenprüfung", "checkout-7f9c"]
VERBS = ["lost its connection to", "was late for", "has written 42 records into", "refused", "quietly repaired", "ran out of memory in", "forgot about", "authenticated against", "compacted", "is afraid of"]
OBJECTS = ["the leader", "<addr> after <num> ms", "an invalid certificate (expired 2025-01-03)", "the valley’s only bridge", "disk /dev/sdb", "the dead-letter topic", "its own offset 1234567",
           "the café's menu", "{\"code\": 503}", "Übermut", "東京 office", "everything 🎉"]


def main():
    rng = random.Random(SEED)
    made = [f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}{rng.choice(['.', '!', '', '; retrying', ' …'])}" for _ in range(160)]
    made += [" ".join(rng.sample(made, 6)) for _ in range(30)]
    # Anything at all out of the planes that text is made of, as long as it was a character in Unicode 3.2 already: about younger ones the two
    # sides' tables differ. Surrogates are no text.
    for most in (0x7F, 0x24F, 0x2FFF, 0xFFFF, 0x2FFFF):
        for _ in range(16):
            points = (rng.randrange(most + 1) for _ in range(80))
            made.append("".join(rng.choice(["", "", " ", "a"]) + chr(p) for p in points if unicodedata.ucd_3_2_0.category(chr(p)) not in ("Cn", "Cs")))
    Path(__file__).with_name("texts.json").write_text(json.dumps(ODD + made, ensure_ascii=True, indent=0) + "\n")


if __name__ == "__main__":
    main()
