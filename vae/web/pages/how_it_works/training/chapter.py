"""The chapter: a recorded step and a stage to choose, its picture, numbers and code."""

from html import escape

import numpy as np
import streamlit as st

from vae.analysis.studies.study import Study
from vae.explorer import Explorer
from vae.web.kit import address
from vae.web.pages.how_it_works import code, layout, studied
from vae.web.pages.how_it_works.training import picture, tables
from vae.web.pages.how_it_works.training.picture import Step
from vae.web.pages.how_it_works.training.stages import FILE, STAGES, Stage

STEP_HELP = "Which step of the training: the weights are those just before it."
STAGE_HELP = "What a step does, in order."
SOURCE = "Kingma and Welling, Auto-Encoding Variational Bayes, 2014, algorithm 1; Kingma and Ba, Adam, 2015."
RUN = """\
import torch

from vae.images import sets
from vae.model.config import ModelConfig
from vae.training.studies.training_step import forward, update
from vae.training.vae import VAE

torch.manual_seed(0)
noise = torch.Generator().manual_seed(0)
model = VAE(ModelConfig(latent_dim=2, hidden=(256,)))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
images = torch.from_numpy(sets.load("mnist", "test").floats()).flatten(1)  # these ship

for step in range(20):
    batch = images[torch.randint(len(images), (100,), generator=noise)]
    passed = forward(model, batch, noise)
    update(optimizer, passed.loss)
    print(step + 1, f"{passed.loss.item():.1f} nats per image")
"""
"""A training to copy and run; `tests/pages/test_training_step.py` runs it."""


def show(explorer: Explorer) -> None:
    """A step of the training of a small VAE; the chosen model plays no part in it."""
    if (found := studied.look_up("training-step")) is None:
        return
    steps = _steps(found)
    stage = address.choice("stage", tuple(STAGES), "batch")
    number = address.choice("training_step", tuple(steps), min(steps))
    figure, words = layout.columns()
    with figure:
        _controls(stage, number, tuple(steps))
        st.html(picture.show(steps[number.value], stage.value))
        tables.show(steps[number.value], stage.value)
        said = found.said
        settings = f"{said['latent_dim']} latent dimensions, one hidden layer of {said['hidden'][0]}"
        studied.caption(found, f"{settings}, Adam with learning rate {said['lr']:g}.")
    with words:
        layout.words(STAGES[stage.value].words)
        _ways(stage, number, tuple(steps))
        _code(STAGES[stage.value])
        layout.source(SOURCE)


def _controls(stage: address.Shared[str], number: address.Shared[int], steps: tuple[int, ...]) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.segmented_control(
            "Stage",
            tuple(STAGES),
            format_func=lambda key: STAGES[key].name,
            required=True,
            help=STAGE_HELP,
            **stage.widget(),
        )
        st.select_slider(
            "Step of the training",
            steps,
            format_func="{:,}".format,
            width=240,
            help=STEP_HELP,
            **number.widget(),
        )


def _ways(stage: address.Shared[str], number: address.Shared[int], steps: tuple[int, ...]) -> None:
    """The way to the stage before and after; after the last one comes the first of a later step."""
    keys = tuple(STAGES)
    at = keys.index(stage.value)
    with st.container(horizontal=True):
        if at > 0:
            back = keys[at - 1]
            st.button(
                "Back", help=f"{STAGES[back].name}.", on_click=stage.set, args=(back,), key="stage-back"
            )
        if at + 1 < len(keys):
            on = keys[at + 1]
            words = f"Next stage: {STAGES[on].name}"
            st.button(words, help="The next stage.", on_click=stage.set, args=(on,), key="stage-on")
        elif number.value != steps[-1]:
            later = steps[steps.index(number.value) + 1]
            help = "The same batch, with the weights of a later step."
            st.button(
                f"Next: step {later:,}",
                help=help,
                on_click=_begin,
                args=(stage, number, later),
                key="stage-on",
            )


def _begin(stage: address.Shared[str], number: address.Shared[int], step: int) -> None:
    number.set(step)
    stage.set(next(iter(STAGES)))


def _code(stage: Stage) -> None:
    """The function of the step with the lines at work marked, what they call, and a training to run."""
    source = code.find(FILE, stage.function)
    lines = [
        f"<mark>{escape(line)}</mark>" if line.strip().startswith(stage.lines) else escape(line)
        for line in source.text.splitlines()
    ]
    st.html('<pre class="step-code" tabindex="0">' + "\n".join(lines) + "</pre>")
    for file, name in stage.called:
        code.beside(file, name, label=f"The code of `{name}`")
    with st.expander("A training to run"):
        st.caption("In the project's folder, with the packages of `requirements.txt`:")
        st.code(RUN, language="python")


def _steps(found: Study) -> dict[int, Step]:
    """The recorded steps by their number, counted from 1."""
    x, out, shown = found.images("x"), found.images("out"), found.arrays
    names = shown.keys() - {"x", "out", "labels"}
    return {
        said["step"]: Step(
            said, x, out[k], shown["labels"], {name: shown[name][k].astype(np.float32) for name in names}
        )
        for k, said in enumerate(found.said["steps"])
    }
