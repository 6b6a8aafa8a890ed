"""Measure the course and print a table: python -m benchmarks, or some parts of it by name."""

import argparse
from importlib import import_module

PARTS = "sampler", "imports", "checks", "chapters", "latency", "size"
LONG_PARTS = (
    "maml",
    "maml_quality",
    "intervals",
    "siamese",
    "lstm",
    "seeds",
    "device",
    "hub",
    "scale",
)  # minutes each: only by name


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"of {', '.join(PARTS)}: all if none; and of {', '.join(LONG_PARTS)}",
    )
    parts = parser.parse_args().parts or PARTS
    if unknown := set(parts) - {*PARTS, *LONG_PARTS}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print(f"{'what':<52}{'measured':<34}target")
    for part in parts:
        for what, measured, target in import_module(f"benchmarks.{part}").measure():
            print(f"{what:<52}{measured:<34}{target}", flush=True)


if __name__ == "__main__":
    main()
