"""Train the span reader: ``python -m training.reader --data ../shared/data`` (``make reader DATA=…``).

Runs on two cores (each stage under an hour) or on one CUDA device; Ctrl-C keeps what is done and the same command goes
on from there. Spans with the CLS as no answer (Devlin et al., BERT, NAACL 2019, section 4.3), with what makes it quick
on a processor: eager attention, no dropout, bfloat16, frozen word embeddings, fused AdamW, batches of like length.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from index.embedder import Embedder, file_sha256, packaged_model_path
from index.precision import has_native_bfloat16
from training.development import development_scores
from training.examples import Example, split_wikipedia
from training.features import Features, batches, encode, ordered
from training.folder import replaced_folder
from training.groups import Group
from training.loss import span_loss
from training.mixture import STAGES, build
from training.reworded import near_words, reword

CHECKPOINT_STEPS = 100
SCORED_STEPS = 400
"""Steps between two looks at the development questions."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, besides the data.

    ``stage`` names the mixture, ``start`` is the SHA-256 of the reader it begins with ('' for the embedder's weights),
    ``tokens`` is a batch's size with padding, ``share`` the part of the mixture trained on, ``reworded`` the part of
    its questions put into other words.
    """

    stage: str = "first"
    start: str = ""
    seed: int = 20261123
    share: float = 1.0
    reworded: float = 0.0
    learning_rate: float = 1.2e-4
    warm_up: float = 0.06
    max_tokens: int = 256
    tokens: int = 4096
    weight_decay: float = 0.01


def load_groups(data: Path, work: Path, recipe: Recipe) -> list[Group]:
    """What ``recipe`` trains on; the mixture is kept in ``work``, as mining negatives takes minutes."""
    groups = _mixture(data, work, recipe)
    groups = groups[: round(len(groups) * recipe.share)]
    return reword(groups, near_words(groups, Embedder()), recipe.reworded, recipe.seed) if recipe.reworded else groups


def _mixture(data: Path, work: Path, recipe: Recipe) -> list[Group]:
    stored = work / f"examples-{recipe.stage}-{recipe.seed}.jsonl"
    if stored.exists():
        with stored.open(encoding="utf-8") as file:
            return [tuple(_example(row) for row in json.loads(line)) for line in file]
    groups = build(data, Embedder(), recipe.seed, recipe.stage)
    partial = stored.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps([asdict(example) for example in group]) + "\n" for group in groups)
    partial.rename(stored)
    return groups


def _example(row: dict[str, Any]) -> Example:
    return Example(**{**row, "answers": tuple((text, start) for text, start in row["answers"])})


class ReaderTrainer:
    """One epoch over a fixed plan of batches, with checkpoints that a later run goes on from."""

    def __init__(self, recipe: Recipe, work: Path, start: Path, development: Sequence[Example] = ()) -> None:
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        torch.manual_seed(recipe.seed)
        self.recipe, self.work, self.step, self.development = recipe, work, 0, development
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = AutoTokenizer.from_pretrained(start)
        self.model = AutoModelForQuestionAnswering.from_pretrained(
            start,
            attn_implementation="eager",
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            dtype=torch.float32,
        ).to(self.device)
        self.model.get_input_embeddings().weight.requires_grad = False
        trained = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(
            trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )

    @property
    def checkpoint(self) -> Path:
        """Named after the recipe, so that no run goes on from another's."""
        digest = hashlib.sha256(json.dumps(asdict(self.recipe), sort_keys=True).encode()).hexdigest()
        return self.work / f"checkpoint-{self.recipe.stage}-{digest[:8]}.pt"

    def resume(self) -> None:
        """Go on from the last checkpoint of this recipe, if there is one."""
        import torch

        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        print(f"  going on from step {self.step}")

    def save_checkpoint(self) -> None:
        """Write the state so that a kill at any moment leaves the old one or the new one."""
        import torch

        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def run(self, groups: list[list[Features]]) -> None:
        """Train to the end of the epoch; on Ctrl-C write a checkpoint and exit 130."""
        import torch

        plan = batches(groups, self.recipe.tokens, random.Random(self.recipe.seed))
        warm_up = max(1, round(len(plan) * self.recipe.warm_up))
        autocast = has_native_bfloat16()
        done = sum(len(groups[place]) for places in plan[: self.step] for place in places)
        self.model.train()
        with tqdm(total=sum(map(len, groups)), initial=done, unit="example", desc="  training", mininterval=2) as bar:
            try:
                for arrays in ordered(groups, plan, self.step):
                    rate = min((self.step + 1) / warm_up, (len(plan) - self.step) / max(1, len(plan) - warm_up))
                    self.optimizer.param_groups[0]["lr"] = self.recipe.learning_rate * rate
                    batch = {name: torch.from_numpy(array).to(self.device) for name, array in arrays.items()}
                    with torch.autocast(self.device, torch.bfloat16, enabled=autocast):
                        loss = span_loss(self.model, batch)
                    loss.backward()
                    torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                    self.optimizer.step()
                    self.optimizer.zero_grad()
                    self.step += 1
                    bar.update(len(arrays["starts"]))
                    bar.set_postfix(loss=f"{loss.item():.2f}", refresh=False)
                    self._log(loss=round(loss.item(), 4))
                    if self.development and (self.step % SCORED_STEPS == 0 or self.step == len(plan)):
                        self._log(**development_scores(self.model, self.tokenizer, self.development))
                    if self.step % CHECKPOINT_STEPS == 0:
                        self.save_checkpoint()
            except KeyboardInterrupt:
                self.save_checkpoint()
                bar.close()
                print(f"Stopped at step {self.step} of {len(plan)}; the same command goes on from there.")
                sys.exit(130)
        self.save_checkpoint()

    def _log(self, **figures: float) -> None:
        line = {"stage": self.recipe.stage, "step": self.step, **figures, "time": round(time.time(), 1)}
        with (self.work / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def export(self, out: Path) -> None:
        """Write a standard AutoModelForQuestionAnswering folder, float16, replacing ``out`` whole."""
        import torch

        half = self.model.to(dtype=torch.float16)
        half.config.max_tokens = self.recipe.max_tokens
        with replaced_folder(out, asdict(self.recipe)) as folder:
            half.save_pretrained(folder)
            self.tokenizer.backend_tokenizer.no_truncation()  # scoring development questions had set one
            self.tokenizer.save_pretrained(folder)


def main() -> None:
    """Build the mixture, train, and export to ``--out``."""
    parser = argparse.ArgumentParser(
        prog="python -m training.reader",
        description=__doc__.splitlines()[0],
        epilog="example: python -m training.reader --data ../shared/data --stage first --out .byline/reader/first",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the training sets (see its README)")
    parser.add_argument("--work", type=Path, default=Path(".byline/reader"), help="checkpoints and logs")
    parser.add_argument("--out", type=Path, default=Path(".byline/reader/model"), help="where the model goes")
    parser.add_argument("--stage", choices=list(STAGES), default="first", help="which mixture to train on")
    parser.add_argument("--start", type=Path, help="reader to begin with [default: the embedder's weights]")
    parser.add_argument("--share", type=float, default=1.0, help="part of the mixture to train on, 0 to 1")
    parser.add_argument("--reworded", type=float, default=0.0, help="part of its questions to reword, 0 to 1")
    parser.add_argument("--learning-rate", type=float, default=Recipe().learning_rate, help="its highest value")
    parser.add_argument("--seed", type=int, default=Recipe().seed, help="seed of every random choice")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    if not (options.data / "README.md").exists():
        sys.exit(f"No training data at {options.data}: pass --data FOLDER (make reader DATA=FOLDER).")
    begun_from = file_sha256(options.start / "model.safetensors") if options.start else ""
    recipe = Recipe(
        stage=options.stage,
        start=begun_from,
        seed=options.seed,
        share=options.share,
        reworded=options.reworded,
        learning_rate=options.learning_rate,
    )
    options.work.mkdir(parents=True, exist_ok=True)
    print("1/3 reading the sets and mining negatives")
    mixture = load_groups(options.data, options.work, recipe)
    development = split_wikipedia(options.data).development
    trainer = ReaderTrainer(recipe, options.work, options.start or packaged_model_path(), development)
    groups = encode(mixture, trainer.tokenizer, recipe.max_tokens, random.Random(recipe.seed))
    tokens = sum(len(feature.ids) for group in groups for feature in group)
    print(f"2/3 training on {sum(map(len, groups)):,} passages of {len(groups):,} questions, {tokens:,} tokens")
    trainer.resume()
    trainer.run(groups)
    print(f"3/3 writing {options.out}")
    trainer.export(options.out)


if __name__ == "__main__":
    main()
