"""The findings of an examination: the verdict, then what should be changed, remarks, and all that is well."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from vae.analysis.doctor import examination
from vae.analysis.doctor.examination import Examination
from vae.analysis.doctor.finding import TITLES, Finding, Gravity
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.figures.doctor import rules
from vae.images import export
from vae.jobs.job import Job
from vae.web.kit import html, job_panel

UNDER_WAY, OWN = "doctor.under_way.", "doctor.own."  # session, by the model's fingerprint
BESIDE = 3  # findings in a row, of what is well
SAID: dict[Gravity, str] = {
    "grave": "grave",
    "serious": "should be changed",
    "note": "remark",
    "well": "well",
    "unasked": "not asked",
}
EXAMINE_HELP = (
    "Encodes and decodes test images, searches better codes for some, and asks all rules, beside the page, "
    "which stays usable. It takes a minute at most and can be stopped; what is found is kept."
)


def show(explorer: Explorer) -> None:
    """The verdict and the findings; without an examination, how to have one."""
    _settle(explorer)
    done = st.session_state.get(OWN + explorer.fingerprint) or _kept(explorer)
    with st.container(key="doctor-verdict"):
        if done is None:
            st.markdown(f"**“{html.plain_markdown(explorer.title)}” has not been examined yet.**")
        else:
            st.markdown(f"**{done.verdict}**")
            st.caption(f"Measured on {done.data}, in {done.seconds:.0f} s.")
        _examine(explorer, "Examine" if done is None else "Examine again")
    if done is not None:
        _show_all(done)
        return
    rows = "".join(f"<li>{escape(title)}</li>" for title in TITLES.values())
    st.html(f'<section class="vae-finding unasked"><h2>What is looked at</h2><ul>{rows}</ul></section>')
    st.code(f"python -m vae.doctor {explorer.name}", language=None)


def _show_all(done: Examination) -> None:
    asked = [each for each in done.ordered if each.gravity != "unasked"]
    telling = [each for each in asked if each.gravity != "well"]
    for finding in telling:
        _show_large(finding)
    well = [each for each in asked if each.gravity == "well"]
    with st.container(key="doctor-well"):
        for begin in range(0, len(well), BESIDE):
            row = well[begin : begin + BESIDE]
            for place, finding in zip(st.columns(BESIDE, gap="large"), row, strict=False):
                with place:
                    _say(finding)
                    _figure(finding)
    _show_unasked([each for each in done.ordered if each.gravity == "unasked"])


def _show_large(finding: Finding) -> None:
    """Words left, the figure right."""
    words, picture = st.columns([3, 2], gap="large")
    with words:
        _say(finding)
    with picture:
        _figure(finding)


def _say(finding: Finding) -> None:
    """The words, in a place that is kept while they load."""
    with st.container(key=f"finding-{finding.rule}"):
        st.html(_words(finding))


def _figure(finding: Finding) -> None:
    arrays = dict(finding.arrays)
    pictures = arrays.pop("pictures", None)
    if pictures is not None:
        sheet = export.tile(pictures.reshape(2, -1, *pictures.shape[1:]))
        html.sheet(sheet, "Decoded from the prior's draws around which codes are rarest")
    drawn = rules.drawn(finding.rule, arrays)
    if drawn is not None:
        st.plotly_chart(drawn, key=f"doctor-{finding.rule}", config={"displayModeBar": False})


def _words(finding: Finding) -> str:
    """HTML of a finding: its title and gravity, the number, what it means and what to change."""
    asks = "Change" if finding.is_ill else "You could"
    change = f"<p><b>{asks}:</b> {_code(finding.change)}</p>" if finding.change else ""
    return (
        f'<section class="vae-finding {finding.gravity}">'
        f"<h2>{escape(finding.title)} <small>{SAID[finding.gravity]}</small></h2>"
        f"<p><strong>{escape(finding.number)}</strong> {escape(finding.unit)}</p>"
        f"<p>{_code(finding.meaning)}</p>{change}</section>"
    )


def _show_unasked(findings: Sequence[Finding]) -> None:
    if not findings:
        return
    rows = "".join(f"<li><b>{escape(each.title)}</b>: {_code(each.meaning)}</li>" for each in findings)
    st.html(f'<section class="vae-finding unasked"><h2>Not asked</h2><ul>{rows}</ul></section>')


def _code(words: str) -> str:
    """Words as HTML, with Markdown's marks of code."""
    parts = escape(words).split("`")
    return "".join(f"<code>{part}</code>" if k % 2 else part for k, part in enumerate(parts))


def _kept(explorer: Explorer) -> Examination | None:
    try:
        return examination.kept(explorer)
    except Unusable as error:
        st.warning(str(error))
        return None


def _examine(explorer: Explorer, label: str) -> None:
    """Start, watch and stop an examination."""
    key = UNDER_WAY + explorer.fingerprint
    if not job_panel.show(key, "Examining"):
        st.button(label, on_click=_start, args=(key, explorer.name), help=EXAMINE_HELP)


def _start(key: str, model: str) -> None:
    st.session_state[key] = Job("doctor", model)


def _settle(explorer: Explorer) -> None:
    """Keep an examination that has ended."""
    ended = job_panel.take(UNDER_WAY + explorer.fingerprint)
    if ended is None or ended.result is None:
        return
    done = examination.from_npz(ended.result)
    st.session_state[OWN + explorer.fingerprint] = done
    try:
        examination.save(done)
    except OSError as error:
        st.warning(f"The examination is shown, but could not be kept: {error.strerror}.")
