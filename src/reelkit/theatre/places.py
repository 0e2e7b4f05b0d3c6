"""The eight places, each painted in its own palette and plan on a canvas.

A painter may use the canvas's layout (`horizon`, `landmark_x`, `landmark_size`) and its generator for lesser
things.
"""

from __future__ import annotations

from collections.abc import Callable

from .backdrops import HALF_WIDTH, Canvas
from .vocabulary import Rgb, mix

WHITE: Rgb = (244, 242, 234)
GLOW: Rgb = (255, 214, 120)


def street(c: Canvas) -> None:
    """Terracotta and ochre fronts over a grey pavement; the landmark is a shop with a striped awning."""
    h = c.horizon + 0.06
    c.sky(h)
    fronts: list[Rgb] = [(206, 112, 80), (226, 170, 92), (184, 92, 92), (216, 140, 106), (196, 150, 110)]
    x, index = -HALF_WIDTH, int(c.rng.integers(5))
    while x < HALF_WIDTH:
        width, top = float(c.rng.uniform(0.34, 0.56)), float(c.rng.uniform(0.06, 0.26))
        front = fronts[index % 5]
        c.rect(x, top, x + width, h, front, 0.6)
        c.rect(x, top, x + width, top + 0.03, mix(front, (40, 20, 20), 0.45), 0.6)
        for row in range(2):
            for column in range(2):
                wx, wy = x + width * (0.16 + 0.42 * column), top + 0.09 + 0.17 * row
                shining = c.dark and c.rng.random() < 0.6
                c.rect(
                    wx,
                    wy,
                    wx + width * 0.26,
                    wy + 0.11,
                    GLOW if shining else (86, 110, 132),
                    0.6,
                    lit=shining,
                )
        x, index = x + width, index + 1
    s, x = 0.24 + 0.16 * c.landmark_size, c.landmark_x
    c.rect(x - s, h - 0.40, x + s, h, (62, 112, 110), 0.5)
    c.rect(
        x - 0.75 * s, h - 0.26, x + 0.2 * s, h - 0.05, GLOW if c.dark else (170, 206, 214), 0.5, lit=c.dark
    )
    c.rect(x + 0.36 * s, h - 0.27, x + 0.8 * s, h, (96, 52, 44), 0.5)
    for stripe in range(6):
        left = x - 1.1 * s + stripe * 2.2 * s / 6
        right = left + 2.2 * s / 6
        c.poly([(left, h - 0.28), (right, h - 0.28), (right - 0.05 * s, h - 0.40),
        (left + 0.05 * s, h - 0.40)],
               (214, 62, 56) if stripe % 2 else WHITE, 0.4)  # fmt: skip
    c.ground(h, (150, 148, 152), (112, 112, 122))
    c.rect(-HALF_WIDTH, h, HALF_WIDTH, h + 0.018, (196, 192, 188), 0.5)
    for slab in range(-5, 6):
        c.poly([(slab * 0.3, h + 0.02), (slab * 0.3 + 0.008, h + 0.02), (slab * 0.46 + 0.014, 1),
        (slab * 0.46, 1)],
               (120, 118, 126), 0.2)  # fmt: skip
    lamp_x = x + (0.62 if x < 0 else -0.62)
    c.rect(lamp_x - 0.016, 0.2, lamp_x + 0.016, h + 0.08, (44, 50, 62), 0.3)
    c.lamp(lamp_x, 0.18, (230, 226, 206))


def forest(c: Canvas) -> None:
    """Ranks of green and dark trunks over moss; the landmark is one great tree."""
    h = c.horizon + 0.04
    c.sky(h + 0.02)
    for rank, (colour, top) in enumerate((((112, 168, 118), 0.24), ((62, 128, 84), 0.14))):
        for _ in range(13):
            x, r = float(c.rng.uniform(-1.45, 1.45)), float(c.rng.uniform(0.13, 0.22))
            y = top + float(c.rng.uniform(0.0, 0.16))
            paint = mix(colour, WHITE, 0.35) if c.snowy else colour
            c.poly([(x - r, h + 0.02), (x, y - r), (x + r, h + 0.02)], paint, 0.9 - 0.3 * rank)
    c.ground(h, (76, 120, 58), (46, 84, 44))
    for _ in range(6):
        x, w = float(c.rng.uniform(-1.4, 1.4)), float(c.rng.uniform(0.025, 0.05))
        c.rect(x - w, -0.1, x + w, h + float(c.rng.uniform(0.02, 0.08)), (82, 58, 46), 0.5)
    s, x = 0.07 + 0.07 * c.landmark_size, c.landmark_x
    base = h + 0.12
    c.poly([(x - s, 0), (x + s, 0), (x + 1.1 * s, base - 0.1), (x + 2.1 * s, base), (x - 2.1 * s, base),
            (x - 1.1 * s, base - 0.1)], (112, 70, 44), 0.25)  # fmt: skip
    c.oval(x + 0.1 * s, 0.4, 0.34 * s, 0.5 * s, (60, 36, 28), 0.25)
    for dx, dy, r in ((-2.6, 0.03, 2.2), (0.0, -0.02, 2.6), (2.6, 0.04, 2.1)):
        c.oval(
            x + dx * s, dy, r * s, 1.5 * s, mix((34, 98, 50), WHITE, 0.4) if c.snowy else (34, 98, 50), 0.3
        )
    for _ in range(7):
        x, y = float(c.rng.uniform(-1.4, 1.4)), float(c.rng.uniform(h + 0.04, 0.97))
        c.oval(x, y, 0.06, 0.025, (104, 156, 62), 0.2)
        c.oval(x + 0.03, y - 0.02, 0.018, 0.014, (214, 70, 58), 0.2)


def beach(c: Canvas) -> None:
    """A turquoise band of sea over yellow sand; the landmark is a parasol."""
    h = c.horizon - 0.10
    c.sky(h)
    c.poly(
        [(-1.42, h), (-1.42, h - 0.10), (-1.1, h - 0.14), (-0.8, h - 0.05), (-0.6, h)], (92, 132, 140), 0.95
    )
    sea = c.horizon + 0.08
    c.gradient(-HALF_WIDTH, h, HALF_WIDTH, sea, c.paint((24, 116, 178), 0.8), c.paint((64, 206, 204), 0.5))
    for _ in range(12):
        x, y = float(c.rng.uniform(-1.4, 1.4)), float(c.rng.uniform(h + 0.02, sea - 0.02))
        c.rect(x, y, x + 0.16, y + 0.01, (190, 236, 236), 0.6)
    c.ground(sea, (252, 222, 142), (234, 188, 104))
    for step in range(16):
        x = -1.42 + step * 0.19
        c.oval(x, sea, 0.13, 0.022, WHITE, 0.5)
    s, x = 0.24 + 0.18 * c.landmark_size, c.landmark_x
    foot, top = sea + 0.10, 0.40 - 0.26 * c.landmark_size
    c.rect(x - 0.016, top, x + 0.016, foot, (132, 92, 62), 0.3)
    for panel in range(6):
        left, right = x - s + panel * s / 3, x - s + (panel + 1) * s / 3
        c.poly(
            [(x, top - 0.05), (left, top + 0.17), (right, top + 0.17)],
            (230, 62, 72) if panel % 2 else WHITE,
            0.3,
        )
    c.rect(x + 0.10, foot - 0.03, x + 0.42, foot + 0.02, (56, 120, 190), 0.3)
    for _ in range(8):
        c.oval(
            float(c.rng.uniform(-1.4, 1.4)),
            float(c.rng.uniform(sea + 0.06, 0.98)),
            0.025,
            0.012,
            (196, 142, 82),
            0.2,
        )


def lighthouse(c: Canvas) -> None:
    """Slate sea, violet rocks and a grassy cliff; the landmark is the red and white lighthouse."""
    h = c.horizon
    c.sky(h)
    c.gradient(
        -HALF_WIDTH, h - 0.06, HALF_WIDTH, h + 0.14, c.paint((58, 84, 122), 0.8), c.paint((42, 66, 106), 0.5)
    )
    for _ in range(10):
        x, y = float(c.rng.uniform(-1.4, 1.4)), float(c.rng.uniform(h - 0.04, h + 0.05))
        c.poly([(x, y), (x + 0.06, y - 0.014), (x + 0.12, y)], (168, 188, 208), 0.6)
    s, x = 0.7 + 0.5 * c.landmark_size, c.landmark_x
    foot, top = h + 0.06, h - 0.38 * s
    c.poly(
        [(x - 0.46, h + 0.12), (x - 0.3, h - 0.02), (x + 0.26, h - 0.05), (x + 0.5, h + 0.12)],
        (84, 70, 98),
        0.5,
    )
    for band in range(5):
        upper, lower = top + (foot - top) * band / 5, top + (foot - top) * (band + 1) / 5
        wu, wl = (0.062 + 0.012 * band) * s, (0.062 + 0.012 * (band + 1)) * s
        c.poly([(x - wu, upper), (x + wu, upper), (x + wl, lower), (x - wl, lower)],
               WHITE if band % 2 else (208, 44, 48), 0.4)  # fmt: skip
    c.rect(x - 0.085 * s, top - 0.02, x + 0.085 * s, top, (40, 44, 60), 0.4)
    c.rect(
        x - 0.045 * s,
        top - 0.10 * s,
        x + 0.045 * s,
        top - 0.02,
        GLOW if c.dark else (206, 222, 226),
        0.4,
        lit=c.dark,
    )
    c.poly(
        [(x - 0.07 * s, top - 0.10 * s), (x, top - 0.17 * s), (x + 0.07 * s, top - 0.10 * s)],
        (208, 44, 48),
        0.4,
    )
    if c.dark or c.light.weather == "fog":
        side = 1.6 if x < 0 else -1.6
        beam = top - 0.06 * s
        c.shade([(x, beam), (x + side, beam - 0.16), (x + side, beam + 0.12)], (255, 236, 160), 84)
        c.glow(x, beam, 0.20, (255, 226, 140))
    c.ground(h + 0.11, (104, 92, 116), (74, 64, 90))
    for _ in range(9):
        rx, ry = float(c.rng.uniform(-1.4, 1.4)), float(c.rng.uniform(h + 0.10, 0.97))
        w = float(c.rng.uniform(0.06, 0.16))
        c.poly([(rx - w, ry + 0.03), (rx - 0.5 * w, ry - 0.4 * w), (rx + 0.3 * w, ry - 0.5 * w),
        (rx + w, ry + 0.03)],
               (124, 110, 136), 0.2)  # fmt: skip
        c.poly(
            [(rx + 0.3 * w, ry - 0.5 * w), (rx + w, ry + 0.03), (rx + 0.2 * w, ry + 0.03)], (64, 54, 80), 0.2
        )
    for tuft in range(-7, 8):
        c.oval(tuft * 0.2, 1.0, 0.16, 0.05, (110, 150, 70), 0.1)


def kitchen(c: Canvas) -> None:
    """A butter-yellow wall, teal cupboards and a checkered floor; the landmark is the window."""
    h = c.horizon + 0.10
    c.horizon = h
    c.wall((250, 214, 120))
    c.ground(h, (222, 226, 214), (234, 236, 226))
    for row in range(4):
        y0, y1 = h + (1 - h) * row / 4, h + (1 - h) * (row + 1) / 4
        for tile in range(-9, 10):
            if (tile + row) % 2:
                k0, k1 = 0.17 + 0.03 * row, 0.20 + 0.03 * row
                c.poly(
                    [(tile * k0, y0), (tile * k0 + k0, y0), (tile * k1 + k1, y1), (tile * k1, y1)],
                    (96, 166, 160),
                )
    s = 0.16 + 0.12 * c.landmark_size
    c.window(c.landmark_x, 0.26, s, 0.15 + 0.05 * c.landmark_size, WHITE)
    side = 1.0 if c.landmark_x < 0 else -1.0
    top = h - 0.20
    c.rect(-HALF_WIDTH, top, HALF_WIDTH, h, (42, 134, 134))
    c.rect(-HALF_WIDTH, top - 0.025, HALF_WIDTH, top, (246, 240, 226))
    for door in range(-6, 7):
        c.rect(door * 0.24 - 0.003, top, door * 0.24 + 0.006, h, (26, 96, 98))
        c.rect(door * 0.24 + 0.19, top + 0.05, door * 0.24 + 0.205, top + 0.11, (250, 222, 120))
    fridge = c.landmark_x + side * (0.78 + 0.15 * float(c.rng.random()))
    c.rect(fridge - 0.15, 0.16, fridge + 0.15, h + 0.02, (236, 244, 244))
    c.rect(fridge - 0.15, 0.34, fridge + 0.15, 0.35, (150, 170, 172))
    c.rect(fridge + 0.10, 0.2, fridge + 0.12, 0.30, (150, 170, 172))
    pans = c.landmark_x + side * 0.40
    for pan in range(3):
        x = pans + (pan - 1) * 0.12
        c.rect(x - 0.006, 0.12, x + 0.006, 0.22, (90, 70, 60))
        c.oval(x, 0.26, 0.045, 0.045, (206, 98, 56))
    c.oval(pans - 0.02, top - 0.06, 0.06, 0.045, (222, 58, 48))
    c.lamp(pans, 0.06, (236, 92, 70))


def office(c: Canvas) -> None:
    """Cool blue-grey panels over navy carpet; the landmark is a wide window with blinds."""
    h = c.horizon + 0.08
    c.horizon = h
    c.wall((182, 202, 216))
    c.ground(h, (66, 84, 122), (48, 60, 96))
    c.rect(-HALF_WIDTH, h - 0.025, HALF_WIDTH, h, (232, 236, 238))
    s = 0.26 + 0.20 * c.landmark_size
    x = c.landmark_x
    c.window(x, 0.27, s, 0.17, (96, 112, 128), bars=False)
    for slat in range(4):
        y = 0.13 + 0.036 * slat
        c.rect(x - s, y, x + s, y + 0.014, (236, 240, 242))
    for panel in range(4):
        lx = -1.05 + 0.7 * panel
        lit = c.light.time == "night"
        c.rect(lx - 0.22, 0.0, lx + 0.22, 0.035, (232, 246, 255) if lit else (250, 252, 255), lit=True)
        if lit:
            c.glow(lx, 0.04, 0.34, (170, 210, 255), 0.55)
    side = 1.0 if x < 0 else -1.0
    cabinet = x + side * (0.80 + 0.15 * float(c.rng.random()))
    c.rect(cabinet - 0.15, h - 0.36, cabinet + 0.15, h + 0.03, (112, 122, 134))
    for drawer in range(3):
        y = h - 0.34 + 0.12 * drawer
        c.rect(cabinet - 0.13, y, cabinet + 0.13, y + 0.10, (146, 156, 166))
        c.rect(cabinet - 0.04, y + 0.04, cabinet + 0.04, y + 0.055, (70, 80, 92))
    desk = x - side * 0.1
    c.rect(desk - 0.34, h - 0.11, desk + 0.34, h - 0.08, (198, 148, 98))
    c.rect(desk - 0.32, h - 0.08, desk - 0.28, h + 0.08, (150, 106, 66))
    c.rect(desk + 0.28, h - 0.08, desk + 0.32, h + 0.08, (150, 106, 66))
    c.rect(desk - 0.12, h - 0.28, desk + 0.12, h - 0.13, (38, 44, 54))
    c.rect(desk - 0.10, h - 0.26, desk + 0.10, h - 0.15, (110, 214, 236), lit=c.dark)
    c.rect(desk - 0.02, h - 0.14, desk + 0.02, h - 0.10, (38, 44, 54))
    plant = x - side * 0.74
    c.rect(plant - 0.05, h - 0.08, plant + 0.05, h + 0.05, (226, 226, 220))
    for dx, dy in ((-0.08, -0.20), (0.0, -0.28), (0.08, -0.18), (-0.02, -0.14)):
        c.oval(plant + dx, h + dy, 0.05, 0.10, (52, 136, 84))


def bar(c: Canvas) -> None:
    """Oxblood walls, lamps over a long wooden counter; the landmark is the lit shelf of bottles."""
    h = c.horizon + 0.10
    c.horizon = h
    c.wall((132, 38, 50))
    c.ground(h, (92, 54, 42), (70, 38, 34))
    for board in range(-6, 7):
        c.poly(
            [(board * 0.24, h), (board * 0.24 + 0.012, h), (board * 0.34 + 0.018, 1), (board * 0.34, 1)],
            (52, 28, 28),
        )
    s, x = 0.30 + 0.16 * c.landmark_size, c.landmark_x
    side = 1.0 if x < 0 else -1.0
    c.window(x + side * (s + 0.46), 0.26, 0.13, 0.15, (70, 34, 26))
    c.rect(x - s - 0.03, 0.10, x + s + 0.03, 0.47, (66, 34, 24))
    c.rect(x - s, 0.13, x + s, 0.44, (226, 154, 66), lit=c.dark)
    bottles: list[Rgb] = [(38, 120, 72), (236, 224, 190), (96, 44, 28), (60, 96, 150), (196, 52, 52)]
    count = int(s / 0.042)
    for shelf in (0.28, 0.44):
        for bottle in range(count):
            bx = x - s + (bottle + 0.5) * 2 * s / count
            colour = bottles[int(c.rng.integers(5))]
            tall = float(c.rng.uniform(0.05, 0.08))
            c.rect(bx - 0.022, shelf - tall, bx + 0.022, shelf, colour)
            c.rect(bx - 0.008, shelf - tall - 0.035, bx + 0.008, shelf - tall, colour)
        c.rect(x - s, shelf, x + s, shelf + 0.015, (66, 34, 24))
    top = h - 0.16
    c.rect(-HALF_WIDTH, top, HALF_WIDTH, h + 0.02, (128, 72, 38))
    c.rect(-HALF_WIDTH, top - 0.03, HALF_WIDTH, top, (192, 122, 64))
    for panel in range(-5, 6):
        c.rect(panel * 0.28 + 0.03, top + 0.04, panel * 0.28 + 0.25, h - 0.01, (100, 54, 30))
    for hang in range(4):
        lx = x - 0.9 + 0.6 * hang
        c.rect(lx - 0.004, 0.0, lx + 0.004, 0.06, (30, 22, 22))
        c.poly([(lx - 0.07, 0.10), (lx - 0.02, 0.04), (lx + 0.02, 0.04), (lx + 0.07, 0.10)], (44, 112, 82))
        c.glow(lx, 0.13, 0.22 if c.dark else 0.12, (255, 190, 96), 0.9)
        c.oval(lx, 0.105, 0.03, 0.018, (255, 236, 180), lit=True)


def bedroom(c: Canvas) -> None:
    """Lilac wall, rosy rug, drawn curtains; the landmark is the bed with its blanket."""
    h = c.horizon + 0.08
    c.horizon = h
    c.wall((186, 160, 226))
    for stripe in range(-9, 10):
        c.rect(stripe * 0.16, 0.0, stripe * 0.16 + 0.05, h, (176, 148, 218))
    c.ground(h, (198, 150, 120), (176, 124, 98))
    c.rect(-HALF_WIDTH, h - 0.03, HALF_WIDTH, h, (244, 236, 246))
    s, x = 0.34 + 0.16 * c.landmark_size, c.landmark_x
    side = 1.0 if x < 0 else -1.0
    wx = x + side * (s + 0.36)
    c.window(wx, 0.27, 0.16, 0.17, WHITE)
    for edge in (-1, 1):
        c.poly([(wx + edge * 0.10, 0.05), (wx + edge * 0.30, 0.05), (wx + edge * 0.28, 0.52),
        (wx + edge * 0.20, 0.50)],
               (232, 88, 128))  # fmt: skip
    c.rect(wx - 0.32, 0.04, wx + 0.32, 0.06, (110, 78, 70))
    c.oval(wx - side * 0.2, 0.93, 0.62, 0.07, (226, 128, 152))
    c.oval(wx - side * 0.2, 0.93, 0.50, 0.05, (240, 176, 188))
    left, right = x - s, x + s
    head = left if side > 0 else right
    c.rect(left, h - 0.16, right, h + 0.10, (120, 74, 60))
    c.rect(head - 0.04, h - 0.36, head + 0.04, h + 0.12, (96, 56, 48))
    c.rect(left + 0.02, h - 0.20, right - 0.02, h + 0.02, WHITE)
    blanket = sorted((x - side * 0.2 * s, x + side * (s - 0.01)))
    c.rect(blanket[0], h - 0.22, blanket[1], h + 0.06, (68, 112, 190))
    c.rect(blanket[0], h - 0.10, blanket[1], h - 0.06, (244, 206, 84))
    c.oval(x - side * 0.68 * s, h - 0.22, 0.24 * s, 0.05, (252, 250, 252))
    c.rect(x - 0.12, 0.12, x + 0.12, 0.32, (110, 78, 70))
    c.rect(x - 0.095, 0.145, x + 0.095, 0.295, (122, 196, 172))
    c.oval(x, 0.24, 0.05, 0.045, (240, 196, 80))
    table = head - side * 0.16
    c.rect(table - 0.08, h - 0.14, table + 0.08, h + 0.06, (120, 74, 60))
    c.rect(table - 0.01, h - 0.24, table + 0.01, h - 0.14, (90, 66, 58))
    c.poly([(table - 0.08, h - 0.22), (table - 0.05, h - 0.34), (table + 0.05, h - 0.34),
    (table + 0.08, h - 0.22)],
           (255, 226, 150), lit=c.dark)  # fmt: skip
    if c.dark:
        c.glow(table, h - 0.28, 0.36, (255, 190, 96))


PAINTERS: dict[str, Callable[[Canvas], None]] = {
    "street": street,
    "forest": forest,
    "beach": beach,
    "lighthouse": lighthouse,
    "kitchen": kitchen,
    "office": office,
    "bar": bar,
    "bedroom": bedroom,
}
