"""The page as a Hugging Face Space starts it: ``python app.py``. ``demo`` is the page; the models load once."""

from __future__ import annotations

import sys

from index.errors import BylineError
from qa.page.blocks import create_page, launch, load_later
from qa.settings import Settings

try:
    settings = Settings.load()
except BylineError as error:
    sys.exit(str(error))
loading = load_later(settings)
demo = create_page(loading, settings)

if __name__ == "__main__":
    loading.start()
    try:
        launch(demo, settings)
    except BylineError as error:
        sys.exit(str(error))
