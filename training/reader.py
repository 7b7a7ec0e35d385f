"""Train the span reader: ``python -m training.reader --data ../shared/data`` (``make reader DATA=…``).

Runs on one CUDA device in minutes and on two cores in a night or two; Ctrl-C keeps what is done and the same command
goes on from there. Spans with the CLS as no answer (Devlin et al., BERT, NAACL 2019, section 4.3), word embeddings
frozen, fused AdamW, batches of like length, bfloat16. With ``--teachers``, what those readers think of each passage is
learnt besides what the data says (``training.loss``).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from index.embedder import file_sha256, packaged_model_path
from index.precision import has_native_bfloat16
from training.courses import COURSES, course
from training.development import development_scores
from training.examples import Example
from training.features import Features, batches, encode, ordered
from training.folder import replaced_folder
from training.loss import span_loss
from training.mixture import MixtureBuilder
from training.written import written_news

CHECKPOINT_STEPS = 100
LOGGED_STEPS = 10
SCORED_STEPS = 1000
"""Steps between two looks at the development questions."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, besides the data.

    ``start`` is the SHA-256 of the reader it begins with ('' for the embedder's weights), ``teachers`` those of the
    readers it learns from, ``course`` what it takes of the mixture, ``share`` the part of that trained on, ``tokens`` a
    batch's size with padding.
    """

    start: str = ""
    teachers: tuple[str, ...] = ()
    course: str = "whole"
    seed: int = 20261123
    epochs: int = 3
    share: float = 1.0
    dropout: float = 0.1
    learning_rate: float = 2e-4
    warm_up: float = 0.06
    max_tokens: int = 256
    tokens: int = 16384
    weight_decay: float = 0.01


class ReaderTrainer:
    """A fixed plan of batches, epoch by epoch, with checkpoints that a later run goes on from.

    ``development`` are the sets scored on the way, by name; ``teachers`` folders of readers.
    """

    def __init__(
        self,
        recipe: Recipe,
        work: Path,
        start: Path,
        development: Mapping[str, Sequence[Example]] | None = None,
        teachers: Sequence[Path] = (),
    ) -> None:
        import torch
        from transformers import AutoTokenizer

        torch.manual_seed(recipe.seed)
        self.recipe, self.work, self.step, self.development = recipe, work, 0, development or {}
        self.trained_on = ""  # digest of the groups, once they are known
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = AutoTokenizer.from_pretrained(start)
        self.model = self._load(start, recipe.dropout)
        self.teachers = [self._load(teacher).eval().requires_grad_(False) for teacher in teachers]
        self.model.get_input_embeddings().weight.requires_grad = False
        trained = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(
            trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )

    def _load(self, folder: Path, dropout: float = 0.0) -> Any:
        import torch
        from transformers import AutoModelForQuestionAnswering

        return AutoModelForQuestionAnswering.from_pretrained(
            folder,
            attn_implementation="sdpa" if self.device == "cuda" else "eager",
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=dropout,
            dtype=torch.float32,
        ).to(self.device)

    @property
    def checkpoint(self) -> Path:
        """Named after the recipe and what is trained on, so that no run goes on from another's."""
        told = json.dumps(asdict(self.recipe), sort_keys=True) + self.trained_on
        digest = hashlib.sha256(told.encode()).hexdigest()
        return self.work / f"checkpoint-{digest[:8]}.pt"

    def resume(self, groups: list[list[Features]]) -> None:
        """Go on from the last checkpoint of this recipe over these very groups, if there is one."""
        import torch

        digest = hashlib.sha256()
        for group in groups:
            digest.update(repr(group).encode())
        self.trained_on = digest.hexdigest()
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
        """Train to the end of the last epoch; on Ctrl-C write a checkpoint and exit 130."""
        import torch

        rng = random.Random(self.recipe.seed)
        plan = [batch for _ in range(self.recipe.epochs) for batch in batches(groups, self.recipe.tokens, rng)]
        warm_up = max(1, round(len(plan) * self.recipe.warm_up))
        autocast = has_native_bfloat16()
        done = sum(len(groups[place]) for places in plan[: self.step] for place in places)
        self.model.train()
        total = self.recipe.epochs * sum(map(len, groups))
        with tqdm(total=total, initial=done, unit="example", desc="  training", mininterval=2) as bar:
            try:
                for arrays in ordered(groups, plan, self.step):
                    rate = min((self.step + 1) / warm_up, (len(plan) - self.step) / max(1, len(plan) - warm_up))
                    self.optimizer.param_groups[0]["lr"] = self.recipe.learning_rate * rate
                    batch = {name: torch.from_numpy(array).to(self.device) for name, array in arrays.items()}
                    torch.manual_seed(self.recipe.seed + self.step)  # a resumed run drops out what a whole one does
                    with torch.autocast(self.device, torch.bfloat16, enabled=autocast):
                        loss = span_loss(self.model, batch, self.teachers)
                    loss.backward()
                    torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                    self.optimizer.step()
                    self.optimizer.zero_grad()
                    self.step += 1
                    bar.update(len(arrays["starts"]))
                    if self.step % LOGGED_STEPS == 0 or self.step == len(plan):
                        bar.set_postfix(loss=f"{loss.item():.2f}", refresh=False)
                        self._log(loss=round(loss.item(), 4))
                    if self.step % SCORED_STEPS == 0 or self.step == len(plan):
                        self._score()
                    if self.step % CHECKPOINT_STEPS == 0:
                        self.save_checkpoint()
            except KeyboardInterrupt:
                self.save_checkpoint()
                bar.close()
                print(f"Stopped at step {self.step} of {len(plan)}; the same command goes on from there.")
                sys.exit(130)
        self.save_checkpoint()

    def _score(self) -> None:
        for name, examples in self.development.items():
            self._log(development=name, **development_scores(self.model, self.tokenizer, examples))

    def _log(self, **figures: float | str) -> None:
        line = {"run": self.checkpoint.stem, "step": self.step, **figures, "time": round(time.time(), 1)}
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


def _weights_sha256(folder: Path) -> str:
    return file_sha256(folder / "model.safetensors")


def main() -> None:
    """Build the mixture, train, and export to ``--out``."""
    parser = argparse.ArgumentParser(
        prog="python -m training.reader",
        description=__doc__.splitlines()[0],
        epilog="example: python -m training.reader --data ../shared/data --out .byline/reader/model",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the training sets (see its README)")
    parser.add_argument("--work", type=Path, default=Path(".byline/reader"), help="checkpoints and logs")
    parser.add_argument("--kept", type=Path, help="where the mixture is kept [default: mixture/ in --work]")
    parser.add_argument("--out", type=Path, default=Path(".byline/reader/model"), help="where the model goes")
    parser.add_argument("--start", type=Path, help="reader to begin with [default: the embedder's weights]")
    parser.add_argument("--teachers", type=Path, nargs="+", default=[], help="readers to learn from besides the data")
    parser.add_argument("--course", choices=list(COURSES), default="whole", help="what to take of the mixture")
    parser.add_argument("--epochs", type=int, default=Recipe().epochs, help="times that every question is seen")
    parser.add_argument("--share", type=float, default=1.0, help="part of the course to train on, 0 to 1")
    parser.add_argument("--dropout", type=float, default=Recipe().dropout, help="0 is quicker on a processor")
    parser.add_argument("--learning-rate", type=float, default=Recipe().learning_rate, help="its highest value")
    parser.add_argument("--tokens", type=int, default=Recipe().tokens, help="size of a batch")
    parser.add_argument("--seed", type=int, default=Recipe().seed, help="seed of every random choice")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    if not (options.data / "README.md").exists():
        sys.exit(f"No training data at {options.data}: pass --data FOLDER (make reader DATA=FOLDER).")
    recipe = Recipe(
        start=_weights_sha256(options.start) if options.start else "",
        teachers=tuple(map(_weights_sha256, options.teachers)),
        course=options.course,
        seed=options.seed,
        epochs=options.epochs,
        share=options.share,
        dropout=options.dropout,
        learning_rate=options.learning_rate,
        tokens=options.tokens,
    )
    options.work.mkdir(parents=True, exist_ok=True)
    print("1/3 reading the sets and retrieving their company")
    builder = MixtureBuilder(options.data, Recipe().seed, options.kept or options.work / "mixture")
    mixture = course(recipe.course, builder.build(), recipe.seed)
    mixture = mixture[: round(len(mixture) * recipe.share)]
    development = {"wikipedia": builder.split.development, "news": written_news(development=True)}
    start = options.start or packaged_model_path()
    trainer = ReaderTrainer(recipe, options.work, start, development, options.teachers)
    groups = encode(mixture, trainer.tokenizer, recipe.max_tokens, random.Random(recipe.seed))
    tokens = sum(len(feature.ids) for group in groups for feature in group)
    print(f"2/3 training on {sum(map(len, groups)):,} passages of {len(groups):,} questions, {tokens:,} tokens")
    trainer.resume(groups)
    trainer.run(groups)
    print(f"3/3 writing {options.out}")
    trainer.export(options.out)
    trainer.checkpoint.unlink()  # it is whole, and what it would go on to is nothing


if __name__ == "__main__":
    main()
