"""Writes the boards into deploy/grafana/dashboards."""

from . import FOLDER, texts


def main() -> None:
    """Write every board, and delete files of boards that no longer exist."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    written = texts()
    for old in FOLDER.glob("*.json"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
