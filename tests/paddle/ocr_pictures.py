"""Pictures with text, and what PP-OCR does around its three networks, as plain as it goes: the pictures go in as they are, boxes stand upright, and lines of text are read one by one.
The font is the one that Pillow has within itself (10.1 and later, built with FreeType)."""
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 640, 480  # multiples of 32, which the detector wants
LINE_HEIGHT = 48
PROBABILITY, BOX_PROBABILITY, UNCLIP = 0.3, 0.5, 1.6

WORDS = ('invoice total price date number street garden window Paris London Berlin quick brown fox jumps over lazy dog battery voltage 12.5 2024 '
         '1987 42 0.75 A4 model type serial open daily from until Monday Friday left right exit north station platform ticket coffee tea sugar').split()
COLOURS = [((255, 255, 255), (0, 0, 0)), ((240, 235, 220), (40, 40, 90)), ((30, 34, 40), (230, 230, 230)), ((200, 220, 200), (90, 20, 20))]


def picture(seed):
    """RGB, [height, width, 3], with a few lines of text that don't touch."""
    random = np.random.RandomState(seed)
    paper, ink = COLOURS[seed % len(COLOURS)]
    image = Image.new('RGB', (WIDTH, HEIGHT), paper)
    draw, y = ImageDraw.Draw(image), 20
    while True:
        size = int(random.choice([18, 22, 28, 36]))
        if y + 2 * size > HEIGHT:
            break
        text = ' '.join(random.choice(WORDS, random.randint(1, 4)))
        draw.text((int(random.randint(15, 120)), y), text, fill=ink, font=ImageFont.load_default(size))
        y += 2 * size
    noise = random.randn(HEIGHT, WIDTH, 3) * 4
    return np.clip(np.asarray(image) + noise, 0, 255).astype('uint8')


def tensor(pixels, width=None):
    """[1, 3, height, width] of -1 to 1, blue first; what is behind the picture is 0."""
    x = (pixels[:, :, ::-1].astype('float32') / 255 - 0.5) / 0.5
    whole = np.zeros((1, 3, x.shape[0], max(width or 0, x.shape[1])), 'float32')
    whole[0, :, :, :x.shape[1]] = x.transpose(2, 0, 1)
    return whole


def line_tensor(pixels, least, most=None):
    """A line of text 48 high: as wide as it comes, but `least` at least, and pressed into `most`."""
    width = int(math.ceil(LINE_HEIGHT * pixels.shape[1] / pixels.shape[0]))
    resized = Image.fromarray(pixels).resize((min(width, most or width), LINE_HEIGHT), Image.BILINEAR)
    return tensor(np.asarray(resized), least)


def regions(mask):
    """The connected regions of a mask, each as top, bottom, left, right: runs of rows that touch those of the row above are one region."""
    boxes, above = [], []
    def root(i):
        while boxes[i][0] != i:
            i = boxes[i][0]
        return i
    for y, row in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype('int8'), [0]])))
        here = []
        for left, right in edges.reshape(-1, 2):
            number = len(boxes)
            boxes.append([number, y, y + 1, int(left), int(right)])
            for other, other_left, other_right in above:
                if other_left < right and left < other_right:
                    a, b = boxes[root(other)], boxes[root(number)]
                    if a is not b:
                        b[0] = a[0]
                        a[1:] = min(a[1], b[1]), max(a[2], b[2]), min(a[3], b[3]), max(a[4], b[4])
            here.append((number, left, right))
        above = here
    return [tuple(box[1:]) for i, box in enumerate(boxes) if box[0] == i]


def boxes_of(probabilities):
    """What the detector's map of probabilities, [height, width], says: top, bottom, left, right of each line of text, from above."""
    found = []
    for top, bottom, left, right in regions(probabilities > PROBABILITY):
        height, width = bottom - top, right - left
        if min(height, width) < 3 or probabilities[top:bottom, left:right].mean() < BOX_PROBABILITY:
            continue
        more = height * width * UNCLIP / (2 * (height + width))
        found.append((max(0, round(top - more)), min(probabilities.shape[0], round(bottom + more)), max(0, round(left - more)), min(probabilities.shape[1], round(right + more))))
    return sorted(found)


def overlap(a, b):
    """Intersection over union."""
    height, width = min(a[1], b[1]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[2], b[2])
    both = max(0, height) * max(0, width)
    return both / ((a[1] - a[0]) * (a[3] - a[2]) + (b[1] - b[0]) * (b[3] - b[2]) - both)


def crop(pixels, box):
    return pixels[box[0]:box[1], box[2]:box[3]]


def text_of(scores, characters):
    """Of [steps, characters + blank]: the likeliest of each step, once where it is repeated, without blanks."""
    best = scores.argmax(axis=1)
    return ''.join(characters[i - 1] for i, before in zip(best, np.concatenate([[0], best[:-1]])) if i and i != before)


def characters_in(path):
    with open(path, encoding='utf-8') as file:
        return [line.rstrip('\r\n') for line in file] + [' ']
