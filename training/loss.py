"""The reader's loss: each passage against no answer, and a question's passages against one another.

Logits are taken relative to the CLS, as the reader's margin is, so that no answer stands at 0 in every passage. The
first part normalises over one passage and no answer (Devlin et al., NAACL 2019, section 4.3); the second over all of a
question's passages and one no answer (shared norm: Clark and Gardner, ACL 2018, section 3). For a question with a
single passage the two are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

NEVER = -1e9


def span_loss(model: torch.nn.Module, batch: dict[str, torch.Tensor]) -> torch.Tensor:
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
    return sum(losses[1:], losses[0]) / len(losses)


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
