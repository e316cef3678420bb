"""Whether the critic of a run still does its work, read off the figures of the epochs."""

from collections.abc import Mapping, Sequence

from vae.training.adversarial.critic import AT_CHANCE

Epoch = Mapping[str, float]
KNOWS_NOTHING = 0.02  # nats below 2 log 2, above which the critic's loss is that of guessing
SURE = 0.99  # of the draws assigned to the right side: its slope in z vanishes
SHORT = 0.1  # share of the least KL that the critic's estimate may fall short of it
SPIKE = 0.05  # share by which nll + KL may rise above the lowest before


def fault(history: Sequence[Epoch], is_adaptive: bool) -> str | None:
    """What is wrong with the critic in the last epoch, a sentence; None where all is well.

    Arguments:
        history: Of the epochs, as `vae.training.run.Run` keeps it, nats per image.
        is_adaptive: Whether the contrast has the moments of q(z|x). Then the critic may know nothing, where
            q is that Gaussian; the KL is carried by the moments.
    """
    last, where = history[-1], f"epoch {len(history)}"
    loss, accuracy = last["critic_loss"], last["critic_accuracy"]
    said = f"its loss is {loss:.3f} nats, {accuracy:.0%} of the draws are told apart rightly"
    if accuracy > SURE:
        return f"The critic saturates in {where}: {said}, so it tells the encoder hardly where to go."
    least, kl = last["kl_least"], last["kl"]
    if not is_adaptive and loss > AT_CHANCE - KNOWS_NOTHING and least > KNOWS_NOTHING:
        return (
            f"The critic knows nothing in {where}: {said} (by guessing {AT_CHANCE:.3f}), though the moments "
            f"of q(z|x) alone cost {least:.2f} nats per image."
        )
    if kl < (1 - SHORT) * least:
        return (
            f"The critic falls short in {where}: its estimate of the KL, {kl:.2f} nats per image, is below "
            f"the {least:.2f} that the moments of q(z|x) alone cost."
        )
    return _spike(history)


def _spike(history: Sequence[Epoch]) -> str | None:
    """A sudden rise of nll + KL in the last epoch."""
    *before, last = (epoch["nll"] + epoch["kl"] for epoch in history)
    if not before or last <= (1 + SPIKE) * min(before):
        return None
    return (
        f"nll + KL rose in epoch {len(history)}, from {min(before):.2f} to {last:.2f} nats per image: the "
        "model has run away from its critic; try a lower --lr, --clip or more --critic-steps."
    )
