"""Short sounds, computed: tones, a pulse, rain."""

# ruff: noqa: S311 -- chance that must repeat itself, not secrets

import io
import math
import wave
from array import array
from random import Random

RATE = 16_000


def tune(*, seed: str, seconds: float) -> bytes:
    """A WAV file, mono, 16 bit: a slow tune of plucked tones."""
    chance = Random(seed)
    scale = [196.0, 220.0, 261.6, 293.7, 329.6, 392.0, 440.0]
    samples = array("h", bytes(2 * int(RATE * seconds)))
    beat = int(RATE * 0.5)
    for start in range(0, len(samples), beat):
        _pluck(samples, start=start, pitch=chance.choice(scale), length=min(beat * 2, len(samples) - start))
    return _wav(samples)


def rain(*, seed: str, seconds: float) -> bytes:
    """A WAV file, mono, 16 bit: rain that swells and fades."""
    chance = Random(seed)
    samples, level = array("h"), 0.0
    for index in range(int(RATE * seconds)):
        level += 0.25 * (chance.uniform(-1, 1) - level)
        swell = 0.6 + 0.4 * math.sin(2 * math.pi * index / (RATE * seconds))
        samples.append(int(14_000 * level * swell))
    return _wav(samples)


def _pluck(samples: "array[int]", *, start: int, pitch: float, length: int) -> None:
    turn = 2 * math.pi * pitch / RATE
    for index in range(length):
        loudness = 9_000 * math.exp(-4.0 * index / length)
        tone = math.sin(turn * index) + 0.3 * math.sin(2 * turn * index)
        samples[start + index] = max(-32_000, min(32_000, samples[start + index] + int(loudness * tone)))


def _wav(samples: "array[int]") -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return target.getvalue()
