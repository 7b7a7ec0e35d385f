"""The page's own Gradio theme: paper and ink, system fonts only, so that no font is fetched from anywhere."""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils import fonts

SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def byline_theme() -> gr.themes.Base:
    """Gradio's plain theme with Byline's fonts and colours; style.css does the rest."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.red,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_md,
        font=[fonts.Font(name) for name in SANS],
        font_mono=[fonts.Font(name) for name in MONO],
    )
    return theme.set(
        body_background_fill="#faf8f4",
        body_background_fill_dark="#161412",
        body_text_color="#1f1c18",
        body_text_color_dark="#ece7df",
        block_border_width="0px",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_shadow="none",
        input_background_fill="#ffffff",
        input_background_fill_dark="#211e1b",
        input_border_color="#d8d2c6",
        input_border_color_dark="#45403a",
        input_border_color_focus="#8c1d18",
        input_border_color_focus_dark="#f0a193",
        button_primary_background_fill="#8c1d18",
        button_primary_background_fill_dark="#f0a193",
        button_primary_background_fill_hover="#701512",
        button_primary_background_fill_hover_dark="#f6bcb1",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#161412",
    )
