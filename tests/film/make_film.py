"""Makes a moving picture of a policy on one unseen course, as a GIF: that of the README and others.

Called by a person, from the repository's root, when scene or policy have changed:

    python tests/film/make_film.py --output docs/images/vr_locomotion.gif
    python tests/film/make_film.py --scenario vr_navigation --model FILE.onnx --output FILE.gif

It plays the policy (that of the baseline, unless told) inside the engine with a recording, replays
one episode with the movie writer (a virtual screen will do) and packs the pictures. It never
changes scene or policy.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

REPOSITORY = Path(__file__).parents[2]
POLICY = REPOSITORY / "baselines" / "vr_locomotion_baseline.onnx"
SCENES = {"vr_locomotion": "res://tests/film/vr_locomotion_film.tscn"}
"""Scenes with a camera of their own for the film."""
PICTURES_PER_S = 12
END_S = 1.0
"""How long the last picture stays."""


def film(options: argparse.Namespace, folder: Path) -> list[Path]:
    """Record episodes up to the chosen one, replay that one, return its pictures in order."""
    run = [sys.executable, "-m"]
    recordings = folder / "recordings"
    evaluate = ["rl_training.evaluate_model", "--model", str(options.model), "--in_engine"]
    evaluate += ["--scenario", options.scenario]
    evaluate += ["--episodes", str(options.episode + 1), "--num_envs", "1"]
    evaluate += ["--record", str(recordings), "--output", str(folder / "report.json")]
    for parameter in options.parameter:
        evaluate += ["--parameter", parameter]
    subprocess.run([*run, *evaluate], cwd=REPOSITORY, check=True)
    recording = next(recordings.glob(f"episode_{options.episode:06d}_*.replay"))
    replay = ["rl_training.replay_episode", str(recording)]
    replay += ["--video", str(folder / "picture.png"), "--video_fps", str(PICTURES_PER_S)]
    if options.scenario in SCENES:
        replay += ["--scene_path", SCENES[options.scenario]]
    subprocess.run([*run, *replay], cwd=REPOSITORY, check=True)
    return sorted(folder.glob("picture*.png"))


def pack(pictures: list[Path], output: Path, width: int, colours: int) -> None:
    """Write the pictures as one GIF that repeats, with one palette for all of them."""
    frames = []
    for path in pictures:
        picture = Image.open(path).convert("RGB")
        height = round(picture.height * width / picture.width)
        smaller = picture.resize((width, height), Image.Resampling.LANCZOS)
        # The renderer's noise of one step in an even grey would become speckles.
        frames.append(smaller.point([min(255, (value + 2) // 4 * 4) for value in range(256)] * 3))
    samples = frames[:: max(1, len(frames) // 12)]
    sheet = Image.new("RGB", (width, frames[0].height * len(samples)))
    for i, frame in enumerate(samples):
        sheet.paste(frame, (0, i * frame.height))
    palette = sheet.quantize(colours, method=Image.Quantize.MAXCOVERAGE)
    few = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    times = [1000 // PICTURES_PER_S] * (len(few) - 1) + [round(END_S * 1000)]
    few[0].save(output, save_all=True, append_images=few[1:], duration=times, loop=0, optimize=True)


def main() -> None:
    """Parse, film, pack, and tell the size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--scenario", default="vr_locomotion")
    parser.add_argument("--model", type=Path, default=POLICY, help="an .onnx file")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--episode", type=int, default=8, help="which of the unseen courses")
    parser.add_argument("--width", type=int, default=760, help="pixels")
    parser.add_argument("--colours", type=int, default=160)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pack(film(options, Path(folder)), options.output, options.width, options.colours)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
