"""Fits the table: piece vectors whose mean approximates the teacher's embedding of the text. Usage: train.py WORK [EPOCHS]

Writes table.npy (rows × 256, float32) into WORK, and prints the correlation with the teacher's similarities on held-out texts after each
step. That correlation is all that choices are made by.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

SEED, DIM, HELD_OUT = 5, 256, 3_000
BATCH, RATE, DROPOUT, SHARP, WEIGHT = 1024, 4e-3, 0.15, 0.2, 4.0


class Texts:
    """The pieces of many texts, one after the other."""

    def __init__(self, ids, starts):
        self.ids, self.starts = torch.from_numpy(ids).long(), torch.from_numpy(starts)
        self.lengths = self.starts[1:] - self.starts[:-1]

    def pick(self, which):
        """Pieces and where each text of which begins among them."""
        lengths = self.lengths[which]
        begins = torch.cumsum(lengths, 0) - lengths
        at = torch.repeat_interleave(self.starts[which] - begins, lengths) + torch.arange(int(lengths.sum()))
        return self.ids[at], begins, lengths


def mean(table, ids, begins, lengths, weights=None):
    """The mean of the rows of each text's pieces."""
    if weights is None:
        weights = torch.ones(len(ids))
    weights = weights / torch.repeat_interleave(lengths, lengths)
    return F.embedding_bag(ids, table, begins, mode="sum", per_sample_weights=weights)


@torch.no_grad()
def correlation(table, texts, teacher, held, weight=None):
    """Pearson's r between the teacher's and the table's cosines of all pairs of held-out texts."""
    ids, begins, lengths = texts.pick(held)
    mine = F.normalize(mean(table, ids, begins, lengths, None if weight is None else weight[ids]))
    upper = torch.triu_indices(len(held), len(held), 1)
    pairs = torch.stack([(x @ x.T)[upper[0], upper[1]] for x in (teacher[held], mine)])
    return float(torch.corrcoef(pairs)[0, 1])


def start(tokens):
    """Step 1: the pieces' own hidden states, centred; frequent pieces (by rank in the vocabulary) count less."""
    p = 1 / (torch.arange(len(tokens)) + 2.0)
    p /= p.sum()
    return (tokens - tokens.mean(0)) * (1e-4 / (1e-4 + p))[:, None]


def project(teacher):
    """Step 2: the teacher's embeddings in their top singular directions, not centred."""
    _, vectors = torch.linalg.eigh(teacher.T @ teacher)
    return F.normalize(teacher @ vectors[:, -DIM:].flip(1))


def ridge(table, texts, target, train):
    """Step 3: the linear map of the table that brings the mean of a text's rows nearest to its target."""
    left, right = torch.zeros(table.shape[1], table.shape[1]), torch.zeros(table.shape[1], DIM)
    squares, n = 0.0, len(train)
    for which in train.split(8192):
        x = mean(table, *texts.pick(which))
        left += x.T @ x
        right += x.T @ target[which]
        squares += float((x * x).mean()) * len(which) / n
    return table @ torch.linalg.solve(left + 1e-3 * n * squares * torch.eye(len(left)), right)


def loss_of(mine, target, teacher):
    """1 − cosine, and how far the similarities within the batch are from the teacher's."""
    mine = F.normalize(mine)
    off = torch.eye(len(mine), dtype=torch.bool)
    logs = [F.log_softmax((x @ x.T / SHARP).masked_fill(off, -1e4), 1) for x in (teacher, mine)]
    return (1 - (mine * target).sum(1)).mean() + WEIGHT * F.kl_div(logs[1], logs[0], reduction="batchmean", log_target=True)


def tune(table, texts, target, teacher, train, held, epochs):
    """Step 4: every row by itself, by Adam."""
    table = torch.nn.Parameter(table.clone())
    adam = torch.optim.Adam([table], lr=RATE, fused=True)
    steps = epochs * (len(train) // BATCH)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    began, step = time.time(), 0
    for epoch in range(epochs):
        for which in train[torch.randperm(len(train))][: len(train) // BATCH * BATCH].split(BATCH):
            ids, begins, lengths = texts.pick(which)
            keep = (torch.rand(len(ids)) >= DROPOUT).float()
            loss = loss_of(mean(table, ids, begins, lengths, keep), target[which], teacher[which])
            adam.zero_grad(set_to_none=False)
            loss.backward()
            adam.step()
            cosine.step()
            step += 1
            if step == 20:
                print(f"{(time.time() - began) / step:.3f} s a step, {steps} steps", flush=True)
        r = correlation(table.detach(), texts, teacher, held)
        print(f"epoch {epoch + 1}: r = {r:.4f}, last loss {loss.item():.4f}, {time.time() - began:.0f} s", flush=True)
    return table.detach()


def main(work, epochs):
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    texts = Texts(np.load(work / "ids.npy"), np.load(work / "starts.npy"))
    teacher = F.normalize(torch.from_numpy(np.load(work / "teacher.npy").astype(np.float32)))
    order = torch.randperm(len(teacher))  # of what the teacher has embedded, which may be less than all
    order = order[texts.lengths[order] > 0]
    held, train = order[:HELD_OUT], order[HELD_OUT:]
    table = start(torch.from_numpy(np.load(work / "tokens.npy")))
    print(f"pieces' own states: r = {correlation(table, texts, teacher, held):.4f}")
    target = project(teacher)
    print(f"teacher in {DIM} directions: r = {float(torch.corrcoef(torch.stack([(x[held] @ x[held].T).flatten() for x in (teacher, target)]))[0, 1]):.4f}")
    table = ridge(table, texts, target, train)
    print(f"ridge map: r = {correlation(table, texts, teacher, held):.4f}", flush=True)
    if epochs:
        table = tune(table, texts, target, teacher, train, held, epochs)
    weight = torch.sqrt(idf(texts, len(table)))
    print(f"fine-tuned: r = {correlation(table, texts, teacher, held):.4f}; with idf weights {correlation(table, texts, teacher, held, weight):.4f}")
    np.save(work / "table.npy", table.numpy())


def idf(texts, rows):
    """ln((texts + 1) / (texts with the piece + 1)) of each row."""
    text_of = torch.repeat_interleave(torch.arange(len(texts.lengths)), texts.lengths)
    pairs = torch.unique(text_of * rows + texts.ids)
    counts = torch.bincount(pairs % rows, minlength=rows)
    return torch.log((len(texts.lengths) + 1) / (counts + 1.0))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 10)
