"""Write the known answer of each shipped model into its card, as exports do: `python tools/known_answers.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from webapp.vision.known_answer import known_answer
from webapp.vision.model_files import SHIPPED


def main() -> None:
    """Change the cards in place."""
    for file in sorted(SHIPPED.glob("*.tflite")):
        card_file = file.with_suffix(".json")
        card = json.loads(card_file.read_text(encoding="utf-8")) | {"known_answer": known_answer(file.read_bytes())}
        card_file.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
