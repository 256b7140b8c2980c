"""Encodes text as the Go encoder must: word pieces by Hugging Face's own tokenizer, the mean by numpy."""

import base64
import re

import numpy as np
from tokenizers import Tokenizer, normalizers, pre_tokenizers

from teacher import model_folder

MASK = re.compile(r"<[A-Za-z_-]{1,32}>")


class Reference:
    def __init__(self, pieces, rows, scale, weight):
        self.row_of = {p.decode(): i for i, p in enumerate(pieces)}
        self.rows = rows * (scale.astype("<u4") << 16).view("<f4")[:, None]
        self.weight = weight / np.float32(4096)
        self.tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def words(self, text):
        clean = self.tokenizer.normalizer.normalize_str(text)
        return [w for w, _ in self.tokenizer.pre_tokenizer.pre_tokenize_str(clean)]

    def ids(self, words):
        """Rows of the words' pieces; words are encoded one by one, so that no special token is ever read out of the text."""
        out = []
        for word in words:
            pieces = self.tokenizer.model.tokenize(word)
            out += [self.row_of[p.value] for p in pieces if p.value in self.row_of]
        return out

    def vector(self, ids, weighted):
        if not ids:
            return np.zeros(self.rows.shape[1], np.float32)
        v = (self.rows[ids] * (self.weight[ids][:, None] if weighted else 1)).astype(np.float64).sum(0)
        return v / (np.linalg.norm(v) or 1)

    def case(self, text):
        # A JSON file can't hold a lone surrogate; Go reads none either.
        prose = self.ids(self.words(text))
        masked = MASK.sub(" ", text)
        template = self.ids([w for w in self.words(masked) if not any(c.isdecimal() for c in w)])
        return {"text": text, "prose": prose, "template": template,
                "p": packed(self.vector(prose, True)), "t": packed(self.vector(template, False))}


def packed(v):
    """The vector in int8 steps of 1/127, in base64."""
    return base64.b64encode(np.rint(v * 127).astype(np.int8).tobytes()).decode()
