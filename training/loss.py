"""The reader's loss: each passage against no answer, and a question's passages against one another.

Logits are taken relative to the CLS, as the reader's margin is, so that no answer stands at 0 in every passage. The
first part normalises over one passage and no answer (Devlin et al., NAACL 2019, section 4.3); the second over all of a
question's passages and one no answer (shared norm: Clark and Gardner, ACL 2018, section 3). For a question with a
single passage the two are the same.

With teachers, the third part is the cross-entropy to what they think in the mean of where an answer starts and ends, no
answer included, passage by passage (knowledge distillation: Hinton et al., 2015, at temperature 1, from an ensemble).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

NEVER = -1e9
TAUGHT = 0.7
"""Weight of what the teachers think; the data has the rest."""


def span_loss(
    model: torch.nn.Module, batch: dict[str, torch.Tensor], teachers: Sequence[torch.nn.Module] = ()
) -> torch.Tensor:
    """Mean negative log-likelihood of a right start and a right end; arrays as ``features.collate`` has them."""
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    output = model(**inputs)
    losses = []
    for logits, right in ((output.start_logits, batch["starts"]), (output.end_logits, batch["ends"])):
        over_none = logits.float() - logits.float()[:, :1]
        inside = batch["answerable"].clone()
        inside[:, 0] = False
        every = over_none.masked_fill(~inside, NEVER).logsumexp(-1)
        good = over_none.masked_fill(~(inside & right), NEVER).logsumexp(-1)
        alone = _log_loss(every[:, None], good[:, None])
        together = _log_loss(_by_group(every, batch["group"]), _by_group(good, batch["group"]))
        losses += [alone.mean(), together.mean()]
    loss = sum(losses[1:], losses[0]) / len(losses)
    if not teachers:
        return loss
    return (1 - TAUGHT) * loss + TAUGHT * _taught(output, inputs, batch["answerable"], teachers)


def _taught(
    output: Any, inputs: dict[str, torch.Tensor], answerable: torch.Tensor, teachers: Sequence[torch.nn.Module]
) -> torch.Tensor:
    """Mean cross-entropy, over starts and ends, to the mean of the teachers' probabilities."""
    import torch

    with torch.no_grad():
        said = [teacher(**inputs) for teacher in teachers]
    losses = []
    for name in ("start_logits", "end_logits"):
        own = getattr(output, name).float().masked_fill(~answerable, NEVER).log_softmax(-1)
        thought = [getattr(one, name).float().masked_fill(~answerable, NEVER).softmax(-1) for one in said]
        theirs = torch.stack(thought).mean(0)
        losses.append(-(theirs * own.clamp(min=-100)).sum(-1).mean())
    return (losses[0] + losses[1]) / 2


def _log_loss(every: torch.Tensor, good: torch.Tensor) -> torch.Tensor:
    """Of each row of summed passages: minus the log share of the right spans, or of no answer if there are none."""
    import torch

    none = torch.zeros_like(every[:, :1])
    total = torch.cat([none, every], dim=1).logsumexp(-1)
    right = good.logsumexp(-1)
    return total - torch.where(right > NEVER / 2, right, 0.0)


def _by_group(values: torch.Tensor, group: torch.Tensor) -> torch.Tensor:
    """Values of rows (rows,) as (groups, most rows of a group), the rest filled with NEVER."""
    import torch

    counts = torch.bincount(group)
    place = torch.arange(len(group), device=group.device) - (counts.cumsum(0) - counts)[group]
    table = values.new_full((len(counts), int(counts.max())), NEVER)
    return table.index_put((group, place), values)
