"""Train the span reader: ``python -m training.reader --data ../shared/data`` (``make reader DATA=…``).

Runs on two cores in under an hour; Ctrl-C keeps what is done and the same command goes on from there. The recipe
(Devlin et al., BERT, NAACL 2019, section 4.3: spans with the CLS as no answer) with what makes it quick on a processor:
eager attention, no dropout, bfloat16, frozen word embeddings, fused AdamW, batches of like length.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from index.embedder import Embedder, file_sha256, packaged_model_path
from index.precision import has_native_bfloat16
from training.examples import Example
from training.features import Features, batches, encode, ordered
from training.mixture import STAGES, build

if TYPE_CHECKING:
    import torch

CHECKPOINT_STEPS = 100


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, besides the data.

    ``stage`` names the mixture, ``start`` is the SHA-256 of the reader it begins with ('' for the embedder's weights),
    ``tokens`` is a batch's size with padding.
    """

    stage: str = "first"
    start: str = ""
    seed: int = 20261123
    share: float = 1.0
    learning_rate: float = 1.2e-4
    warm_up: float = 0.06
    max_tokens: int = 256
    tokens: int = 4096
    weight_decay: float = 0.01


def load_examples(data: Path, work: Path, recipe: Recipe) -> list[Example]:
    """The mixture, from ``work`` if it was built there before (mining negatives takes minutes)."""
    stored = work / f"examples-{recipe.stage}-{recipe.seed}-{recipe.share}.jsonl"
    if stored.exists():
        rows = [json.loads(line) for line in stored.read_text(encoding="utf-8").splitlines()]
        return [Example(**{**row, "answers": tuple((text, start) for text, start in row["answers"])}) for row in rows]
    examples = build(data, Embedder(), recipe.seed, recipe.stage, recipe.share)
    partial = stored.with_suffix(".partial")
    partial.write_text("".join(json.dumps(asdict(example)) + "\n" for example in examples), encoding="utf-8")
    partial.rename(stored)
    return examples


def span_loss(model: torch.nn.Module, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Mean negative log-likelihood of a right start and a right end, over the passage's tokens and the CLS."""

    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    output = model(**inputs)
    losses = []
    for logits, right in ((output.start_logits, batch["starts"]), (output.end_logits, batch["ends"])):
        shares = logits.float().masked_fill(~batch["answerable"], -1e9).log_softmax(-1)
        losses.append(-shares.masked_fill(~right, -1e9).logsumexp(-1).mean())
    return (losses[0] + losses[1]) / 2


class ReaderTrainer:
    """One epoch over a fixed plan of batches, with checkpoints that a later run goes on from."""

    def __init__(self, recipe: Recipe, work: Path, start: Path) -> None:
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        torch.manual_seed(recipe.seed)
        self.recipe, self.work, self.step = recipe, work, 0
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
        return self.work / f"checkpoint-{self.recipe.stage}.pt"

    def resume(self) -> None:
        """Go on from the last checkpoint of the same recipe, if there is one."""
        import torch

        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, weights_only=True)
        if state["recipe"] != asdict(self.recipe):
            print(f"  the checkpoint in {self.work} is of another recipe: starting afresh")
            return
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        print(f"  going on from step {self.step}")

    def save_checkpoint(self) -> None:
        """Write the state so that a kill at any moment leaves the old one or the new one."""
        import torch

        state = {
            "recipe": asdict(self.recipe),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def run(self, features: list[Features]) -> None:
        """Train to the end of the epoch; on Ctrl-C write a checkpoint and exit 130."""
        import torch

        plan = batches(features, self.recipe.tokens, random.Random(self.recipe.seed))
        warm_up = max(1, round(len(plan) * self.recipe.warm_up))
        autocast = has_native_bfloat16()
        done = sum(len(places) for places in plan[: self.step])
        self.model.train()
        with tqdm(total=len(features), initial=done, unit="example", desc="  training", mininterval=2) as bar:
            try:
                for arrays in ordered(features, plan, self.step):
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
                    self._log(bar, loss.item())
                    if self.step % CHECKPOINT_STEPS == 0:
                        self.save_checkpoint()
            except KeyboardInterrupt:
                self.save_checkpoint()
                bar.close()
                print(f"Stopped at step {self.step} of {len(plan)}; the same command goes on from there.")
                sys.exit(130)
        self.save_checkpoint()

    def _log(self, bar: Any, loss: float) -> None:
        bar.set_postfix(loss=f"{loss:.2f}", refresh=False)
        with (self.work / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(
                json.dumps(
                    {
                        "stage": self.recipe.stage,
                        "step": self.step,
                        "loss": round(loss, 4),
                        "time": round(time.time(), 1),
                    }
                )
                + "\n"
            )

    def export(self, out: Path) -> None:
        """Write a standard AutoModelForQuestionAnswering folder, float16, replacing ``out`` whole."""
        import torch

        partial = out.with_name(out.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        half = self.model.to(dtype=torch.float16)
        half.config.max_tokens = self.recipe.max_tokens
        half.save_pretrained(partial)
        self.tokenizer.save_pretrained(partial)
        for path in partial.iterdir():  # safetensors writes for the owner's eyes alone
            path.chmod(0o644)
        (partial / "recipe.json").write_text(json.dumps(asdict(self.recipe), indent=2) + "\n", encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        partial.rename(out)


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
    parser.add_argument("--share", type=float, default=1.0, help="part of every set to train on, 0 to 1")
    parser.add_argument("--seed", type=int, default=Recipe().seed, help="seed of every random choice")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    if not (options.data / "README.md").exists():
        sys.exit(f"No training data at {options.data}: pass --data FOLDER (make reader DATA=FOLDER).")
    begun_from = file_sha256(options.start / "model.safetensors") if options.start else ""
    recipe = Recipe(stage=options.stage, start=begun_from, seed=options.seed, share=options.share)
    options.work.mkdir(parents=True, exist_ok=True)
    print("1/3 reading the sets and mining negatives")
    examples = load_examples(options.data, options.work, recipe)
    trainer = ReaderTrainer(recipe, options.work, options.start or packaged_model_path())
    features = encode(examples, trainer.tokenizer, recipe.max_tokens, random.Random(recipe.seed))
    print(f"2/3 training on {len(features):,} examples, {sum(len(feature.ids) for feature in features):,} tokens")
    trainer.resume()
    trainer.run(features)
    print(f"3/3 writing {options.out}")
    trainer.export(options.out)


if __name__ == "__main__":
    main()
