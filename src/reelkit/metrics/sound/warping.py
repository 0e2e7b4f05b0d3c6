"""Dynamic time warping whose memory is a few rows, however long the two sequences are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Sequence2D = NDArray[np.float64]


def warped_mean(a: Sequence2D, b: Sequence2D, reach: int) -> float | None:
    """Mean Euclidean distance along the cheapest alignment of a [N, D] and b [M, D]; None where one is empty.

    The alignment goes from both starts to both ends by steps of one in either or both, and no further than `reach` rows of b
    from the straight line between (Sakoe and Chiba 1978). It is found diagonal by diagonal, with the length of each path
    beside its cost, so that nothing has to be traced back.
    """
    rows, columns = len(a), len(b)
    if not rows or not columns:
        return None
    slope = (columns - 1) / max(1, rows - 1)
    reach = max(reach, math.ceil(slope) + 1)
    # Place i + 1 stands for row i of a; three diagonals are kept: the one being made and the two before.
    costs = [np.full(rows + 1, np.inf) for _ in range(3)]
    lengths = [np.zeros(rows + 1, np.int64) for _ in range(3)]
    bounds = [(0, 0)] * 3
    for diagonal in range(rows + columns - 1):
        now, before, earlier = diagonal % 3, (diagonal - 1) % 3, (diagonal - 2) % 3
        costs[now][bounds[now][0] + 1 : bounds[now][1] + 1] = np.inf
        first = max(0, diagonal - columns + 1, math.ceil((diagonal - reach) / (1 + slope)))
        last = min(rows - 1, diagonal, math.floor((diagonal + reach) / (1 + slope)))
        bounds[now] = (first, last + 1)
        if first > last:
            continue
        here, above = slice(first + 1, last + 2), slice(first, last + 1)
        # Along the diagonal rows of a go forwards, and those of b backwards.
        steps = np.linalg.norm(a[first : last + 1] - b[diagonal - last : diagonal - first + 1][::-1], axis=1)
        if not diagonal:
            costs[now][here], lengths[now][here] = steps, 1
            continue
        cost, length = costs[earlier][above], lengths[earlier][above]
        for places in (above, here):
            nearer = costs[before][places] < cost
            cost = np.where(nearer, costs[before][places], cost)
            length = np.where(nearer, lengths[before][places], length)
        costs[now][here], lengths[now][here] = cost + steps, length + 1
    final = (rows + columns - 2) % 3
    return float(costs[final][rows] / lengths[final][rows])
