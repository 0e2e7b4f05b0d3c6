"""The words of screenplays and shot lists for what the puppet world can show.

The first phrase of each tuple is the usual one. Verbs have three forms: "present|participle|past".
"""

from __future__ import annotations

PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "street": (
        "street", "alley", "town square", "parking lot", "suburb", "sidewalk", "city street", "main street",
        "road",
        "market", "patio", "courtyard", "downtown", "avenue", "shop front", "neighbourhood", "village",
        "driveway",
        "pavement", "gas station", "train station", "bus stop",
    ),
    "forest": (
        "forest", "woods", "clearing", "grove", "park", "jungle", "woodland", "trail", "garden", "orchard",
        "forest path",
        "campsite", "swamp", "wilderness", "backyard", "meadow", "field", "mountain path",
    ),
    "beach": (
        "beach", "shore", "sandy beach", "seaside", "bay", "dunes", "desert", "island", "lagoon",
        "beach resort", "sand",
        "waterfront", "poolside", "riverbank", "lake shore", "coast road",
    ),
    "lighthouse": (
        "lighthouse", "rocky coast", "cliff", "headland", "harbour", "pier", "rocks by the sea",
        "promontory", "dock",
        "coastline", "breakwater", "cliff top", "quay", "jetty", "ship deck", "stormy coast",
    ),
    "kitchen": (
        "kitchen", "dining room", "diner", "café", "coffee shop", "canteen", "cafeteria",
        "farmhouse kitchen", "bakery",
        "restaurant kitchen", "breakfast room", "kitchenette", "laundry room", "pantry", "bathroom", "house",
    ),
    "office": (
        "office", "classroom", "police station", "lab", "laboratory", "meeting room", "newsroom",
        "conference room",
        "hospital room", "library", "bank", "reception", "boardroom", "study", "interrogation room", "school",
        "waiting room", "courtroom", "control room", "corridor", "hallway",
    ),
    "bar": (
        "bar", "saloon", "pub", "tavern", "nightclub", "cocktail bar", "inn", "speakeasy", "wine bar",
        "lounge", "club",
        "restaurant", "theatre", "casino", "dance hall", "cellar", "hotel lobby",
    ),
    "bedroom": (
        "bedroom", "hotel room", "motel room", "attic", "nursery", "guest room", "apartment", "dorm room",
        "child's room",
        "cabin", "living room", "flat", "loft", "master bedroom", "boudoir", "cell",
    ),
}  # fmt: skip
PLACE_DETAILS: dict[str, tuple[str, ...]] = {
    "street": (
        "along the pavement",
        "past the shops",
        "in front of the houses",
        "under the street lamp",
        "on the sidewalk",
    ),
    "forest": (
        "among the trees",
        "between the pines",
        "under the great tree",
        "on the moss",
        "beneath the branches",
    ),
    "beach": ("along the sand", "by the waves", "at the water's edge", "near the parasol", "by the sea"),
    "lighthouse": (
        "on the rocks",
        "below the lighthouse",
        "above the sea",
        "by the cliffs",
        "near the red and white tower",
    ),
    "kitchen": (
        "by the counter",
        "on the checkered floor",
        "next to the fridge",
        "near the window",
        "by the cupboards",
    ),
    "office": (
        "by the desk",
        "in front of the blinds",
        "next to the filing cabinet",
        "near the computer",
        "by the window",
    ),
    "bar": (
        "by the counter",
        "in front of the bottles",
        "under the lamps",
        "at the bar",
        "on the wooden floor",
    ),
    "bedroom": ("by the bed", "near the window", "next to the curtains", "on the rug", "by the bedside lamp"),
}
TIME_WORDS: dict[str, tuple[str, ...]] = {
    "day": ("day", "afternoon", "noon", "daytime", "midday", "broad daylight"),
    "dusk": ("dusk", "sunset", "evening", "twilight", "magic hour", "golden hour", "nightfall"),
    "night": ("night", "midnight", "late night", "moonlight", "dark night"),
    "dawn": ("dawn", "sunrise", "early morning", "daybreak", "first light", "morning"),
}
TIME_PHRASES: dict[str, tuple[str, ...]] = {
    "day": (
        "by day",
        "in the afternoon",
        "at noon",
        "at midday",
        "in broad daylight",
        "on a bright day",
        "during the day",
    ),
    "dusk": (
        "at dusk",
        "at sunset",
        "in the evening",
        "at twilight",
        "at magic hour",
        "at nightfall",
        "as the sun sets",
    ),
    "night": (
        "at night",
        "at midnight",
        "late at night",
        "in the dead of night",
        "in the moonlight",
        "in the dark",
    ),
    "dawn": (
        "at dawn",
        "at sunrise",
        "in the early morning",
        "at daybreak",
        "at first light",
        "in the morning",
    ),
}
SLUG_TIMES: dict[str, tuple[str, ...]] = {
    "day": ("DAY", "DAY", "DAY", "AFTERNOON", "NOON", "LATER THAT DAY"),
    "dusk": ("DUSK", "DUSK", "SUNSET", "EVENING", "MAGIC HOUR"),
    "night": ("NIGHT", "NIGHT", "NIGHT", "MIDNIGHT", "LATE NIGHT"),
    "dawn": ("DAWN", "DAWN", "SUNRISE", "MORNING", "EARLY MORNING"),
}
WEATHER_WORDS: dict[str, tuple[str, ...]] = {
    "clear": ("clear sky", "clear weather", "a clear sky", "fine weather", "cloudless", "dry and clear"),
    "rain": (
        "rain",
        "it rains",
        "raining",
        "in the rain",
        "pouring rain",
        "a downpour",
        "rain falls",
        "a storm",
        "drizzle",
    ),
    "snow": (
        "snow",
        "it snows",
        "snowing",
        "in the snow",
        "falling snow",
        "snow falls",
        "a blizzard",
        "winter snow",
    ),
    "fog": ("fog", "foggy", "in the fog", "mist", "thick fog", "mist everywhere", "haze", "a foggy haze"),
}
FRAMING_WORDS: dict[str, tuple[str, ...]] = {
    "wide": (
        "wide shot", "WIDE SHOT", "wide", "WS", "long shot", "LS", "establishing shot", "wide angle",
        "extreme wide shot",
        "a wide view",
    ),
    "full": ("full shot", "FULL SHOT", "FS", "full body shot", "full figure", "full length shot",
    "a full shot"),
    "medium": (
        "medium shot", "MEDIUM SHOT", "MS", "mid shot", "waist-up", "medium", "cowboy shot", "waist shot",
        "a medium shot",
    ),
    "close-up": (
        "close-up", "CLOSE ON", "CU", "close shot", "closeup", "close up", "head and shoulders", "CLOSE-UP",
        "tight shot",
        "a close-up",
    ),
    "extreme close-up": (
        "extreme close-up", "ECU", "XCU", "extreme close up", "EXTREME CLOSE-UP", "very tight on the face",
        "big close-up",
        "BCU",
    ),
}  # fmt: skip
CAMERA_WORDS: dict[str, tuple[str, ...]] = {
    "static": (
        "static camera", "locked-off camera", "the camera is still", "static shot", "fixed camera",
        "the camera holds",
        "tripod shot",
    ),
    "pan left": (
        "camera pans left", "pan left", "the camera pans to the left", "PAN LEFT", "panning left",
        "we pan left",
        "slow pan left",
    ),
    "pan right": (
        "camera pans right", "pan right", "the camera pans to the right", "PAN RIGHT", "panning right",
        "we pan right",
        "slow pan right",
    ),
    "dolly in": (
        "camera dollies in", "dolly in", "push in", "PUSH IN", "slow push in", "the camera moves closer",
        "zoom in",
        "the camera pushes in", "we move in",
    ),
    "dolly out": (
        "camera dollies out", "dolly out", "pull back", "PULL BACK", "slow pull out",
        "the camera moves away", "zoom out",
        "the camera pulls back", "we move out",
    ),
}  # fmt: skip
CANONICAL_CAMERA = {
    "static": "static camera",
    "pan left": "camera pans left",
    "pan right": "camera pans right",
    "dolly in": "camera dollies in",
    "dolly out": "camera dollies out",
}
CANONICAL_WEATHER = {"clear": "clear sky", "rain": "rain", "snow": "snow", "fog": "fog"}
STYLE_WORDS = (
    "flat colours", "simple shapes", "puppet animation", "paper cut-out", "cartoon", "hand-drawn animation", "storybook",
    "cel animation", "soft light", "high contrast", "muted colours", "bright colours", "watercolour", "35mm film",
    "cinematic", "film noir", "children's television", "stop motion", "low budget", "clean lines", "moody", "warm tones",
)  # fmt: skip
"""What a movie's `Style:` may say; training puts it before captions and never draws it."""
CANONICAL_VERB = {
    "stand": "standing",
    "walk": "walking",
    "run": "running",
    "wave": "waving",
    "talk": "talking",
    "sit": "sitting",
    "jump": "jumping",
    "dance": "dancing",
}
VERBS: dict[str, tuple[str, ...]] = {
    "stand": (
        "stands|standing|stood", "waits|waiting|waited", "stands still|standing still|stood still",
        "looks on|looking on|looked on",
        "listens|listening|listened", "watches|watching|watched", "pauses|pausing|paused",
        "stares|staring|stared",
        "thinks|thinking|thought", "lingers|lingering|lingered", "does not move|not moving|did not move",
    ),
    "walk": (
        "walks|walking|walked", "strolls|strolling|strolled", "wanders|wandering|wandered",
        "crosses|crossing|crossed",
        "paces|pacing|paced", "strides|striding|strode", "enters|entering|entered",
        "comes in|coming in|came in",
        "walks away|walking away|walked away", "marches|marching|marched", "goes|going|went",
        "approaches|approaching|approached",
    ),
    "run": (
        "runs|running|ran", "sprints|sprinting|sprinted", "races|racing|raced", "dashes|dashing|dashed",
        "hurries|hurrying|hurried", "rushes|rushing|rushed", "flees|fleeing|fled", "bolts|bolting|bolted",
        "chases someone|chasing someone|chased someone", "jogs|jogging|jogged",
    ),
    "wave": (
        "waves|waving|waved", "waves hello|waving hello|waved hello",
        "waves goodbye|waving goodbye|waved goodbye",
        "greets someone|greeting someone|greeted someone", "signals|signalling|signalled",
        "raises a hand|raising a hand|raised a hand",
        "beckons|beckoning|beckoned", "salutes|saluting|saluted",
    ),
    "talk": (
        "talks|talking|talked", "speaks|speaking|spoke", "says something|saying something|said something",
        "explains|explaining|explained", "argues|arguing|argued", "answers|answering|answered",
        "chats|chatting|chatted",
        "shouts|shouting|shouted", "whispers|whispering|whispered",
        "asks a question|asking a question|asked a question",
        "tells a story|telling a story|told a story",
    ),
    "sit": (
        "sits|sitting|sat", "sits down|sitting down|sat down", "is seated|seated|was seated",
        "rests|resting|rested",
        "sits in a chair|sitting in a chair|sat in a chair", "takes a seat|taking a seat|took a seat",
        "sits still|sitting still|sat still", "waits in a chair|waiting in a chair|waited in a chair",
    ),
    "jump": (
        "jumps|jumping|jumped", "leaps|leaping|leapt", "hops|hopping|hopped", "bounces|bouncing|bounced",
        "jumps for joy|jumping for joy|jumped for joy", "springs up|springing up|sprang up",
        "leaps up|leaping up|leapt up",
    ),
    "dance": (
        "dances|dancing|danced", "sways|swaying|swayed", "twirls|twirling|twirled",
        "boogies|boogieing|boogied",
        "moves to the music|moving to the music|moved to the music", "swings|swinging|swung",
        "grooves|grooving|grooved",
        "waltzes|waltzing|waltzed",
    ),
}  # fmt: skip
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "man": ("man", "man", "man", "guy", "young man", "fellow"),
    "woman": ("woman", "woman", "woman", "lady", "young woman"),
    "boy": ("boy", "boy", "little boy", "kid", "child"),
    "girl": ("girl", "girl", "little girl", "kid", "child"),
    "old man": ("old man", "old man", "elderly man", "grandfather"),
    "old woman": ("old woman", "old woman", "elderly woman", "grandmother"),
}
AGES: dict[str, tuple[int, int]] = {
    "man": (20, 55),
    "woman": (20, 55),
    "boy": (6, 13),
    "girl": (6, 13),
    "old man": (65, 85),
    "old woman": (65, 85),
}
HAIR_ADJECTIVES: dict[str, tuple[str, ...]] = {
    "black": ("black", "black", "dark"),
    "brown": ("brown", "brown", "chestnut"),
    "blond": ("blond", "blond", "blonde", "fair"),
    "red": ("red", "red", "ginger"),
    "grey": ("grey", "grey", "gray", "silver"),
    "white": ("white", "white", "snow-white"),
}
HAT_WORDS: dict[str, tuple[str, ...]] = {
    "cap": ("cap", "cap", "baseball cap", "flat cap"),
    "wide-brim hat": ("wide-brim hat", "wide-brim hat", "fedora", "broad hat", "cowboy hat", "hat"),
    "beanie": ("beanie", "beanie", "woolly hat", "knit cap"),
}
GARMENT_WORDS: dict[str, tuple[str, ...]] = {
    "coat": ("coat", "coat", "overcoat", "raincoat"),
    "jacket": ("jacket", "jacket", "blazer", "suit jacket"),
    "shirt": ("shirt", "shirt", "blouse", "polo shirt"),
    "dress": ("dress", "dress", "gown", "frock"),
    "sweater": ("sweater", "sweater", "jumper", "pullover"),
}
NOBODY = (
    "nobody",
    "no one in sight",
    "an empty set",
    "the place is empty",
    "empty",
    "no people",
    "nobody is there",
)
