"""Numbers and pictures out of messages, whether objects (bags) or dictionaries (rosbridge).

Called by `bags` and `bridge`.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rl_training.data.ros.topics import Source
from rl_training.data.trajectory import Array
from rl_training.errors import DataError

_CHANNELS = {"mono8": 1, "8UC1": 1, "rgb8": 3, "bgr8": 3, "8UC3": 3, "rgba8": 4, "bgra8": 4}


def values_of(message: Any, source: Source) -> Array:
    """Return a message's numbers, (n,) float32, or its picture, (height, width, channels) bytes.

    Raises:
        DataError: a field is missing, holds no number, or the picture's encoding is not known.
    """
    if source.image:
        return _picture(message, source.topic)
    found: list[float] = []
    for path in source.fields or ("",):
        part = message
        for name in path.split(".") if path else ():
            part = _child(part, name, f"{source.topic}: {path}")
        found += _numbers(part, f"{source.topic}: {path or 'the message'}")
    array = np.array(found, np.float32)
    if not np.isfinite(array).all():
        raise DataError(f"{source.topic}: a message holds NaN or infinity")
    return array


def stamp_of(message: Any) -> float | None:
    """Return the stamp of a message's header, s; None where it has none."""
    header = _get(message, "header")
    stamp = None if header is None else _get(header, "stamp")
    if stamp is None:
        return None
    seconds = _get(stamp, "sec", "secs")
    nanoseconds = _get(stamp, "nanosec", "nanosecs", "nsecs")
    if seconds is None or nanoseconds is None:
        return None
    return float(seconds) + 1e-9 * float(nanoseconds)


def _picture(message: Any, topic: str) -> Array:
    encoding = _get(message, "encoding")
    channels = _CHANNELS.get(str(encoding))
    if channels is None:
        raise DataError(
            f"{topic}: a picture of the encoding {encoding!r}; known: {', '.join(_CHANNELS)}"
        )
    height, width, step = (int(_get(message, each) or 0) for each in ("height", "width", "step"))
    data = _get(message, "data")
    if isinstance(data, str):
        data = base64.b64decode(data)  # as rosbridge sends bytes
    raw = np.frombuffer(data, np.uint8) if isinstance(data, bytes) else np.asarray(data, np.uint8)
    step = step or width * channels
    if raw.size != height * step or step < width * channels:
        raise DataError(
            f"{topic}: a picture of {height} x {width} x {channels} has {raw.size} bytes"
        )
    rows = raw.reshape(height, step)[:, : width * channels].reshape(height, width, channels)
    if str(encoding).startswith("bgr"):
        rows = rows[..., [2, 1, 0, 3][:channels]]
    return np.ascontiguousarray(rows[..., : 3 if channels == 4 else channels])


def _numbers(value: Any, where: str) -> Iterator[float]:
    if isinstance(value, (bool, int, float, np.generic)):
        yield float(value)
    elif value is None:
        yield float("nan")  # how JSON comes by a NaN
    elif isinstance(value, np.ndarray):
        yield from value.astype(np.float64).ravel().tolist()
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _numbers(each, where)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if key not in ("header", "layout"):
                yield from _numbers(each, where)
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            if each.name not in ("header", "layout") and not each.name.startswith("__"):
                yield from _numbers(getattr(value, each.name), where)
    else:
        raise DataError(f"{where} is {type(value).__name__}, no number")


def _child(part: Any, name: str, where: str) -> Any:
    if isinstance(part, (list, tuple, np.ndarray)) and name.lstrip("-").isdigit():
        try:
            return part[int(name)]
        except IndexError:
            raise DataError(f"{where} has {len(part)} elements only") from None
    if isinstance(part, Mapping):
        if name in part:
            return part[name]
        known = [str(each) for each in part]
    else:
        if hasattr(part, name):
            return getattr(part, name)
        known = [each.name for each in dataclasses.fields(part)] if _is_message(part) else []
    told = f"; it has {', '.join(each for each in known if each != '__msgtype__')}" if known else ""
    raise DataError(f"{where}: there is no {name!r}{told}")


def _get(part: Any, *names: str) -> Any:
    for name in names:
        found = part.get(name) if isinstance(part, Mapping) else getattr(part, name, None)
        if found is not None:
            return found
    return None


def _is_message(part: Any) -> bool:
    return dataclasses.is_dataclass(part) and not isinstance(part, type)
