"""The words the drawing engine knows, and what each asks for."""

from __future__ import annotations

STYLES = (
    "soft", "watercolour", "poster", "ink", "isometric", "neon", "minimal", "oil", "pixel",
    "vintage", "papercut",
)  # fmt: skip

COMPOSITIONS = (
    "landscape", "mountains", "sea", "forest", "desert", "city", "street", "space", "portrait",
    "animal", "product", "interior", "still life", "food", "flower", "abstract", "pattern", "icon",
)  # fmt: skip

STYLE_WORDS = {
    "watercolour": "watercolour watercolor aquarelle gouache wash",
    "poster": "poster flat vector screenprint serigraph propaganda constructivist graphic bauhaus "
    "comic cartoon illustration deco",
    "ink": "ink line lineart sketch drawing pencil engraving etching linocut woodcut doodle pen "
    "hatching blueprint",
    "isometric": "isometric isometry diorama voxel",
    "neon": "neon cyberpunk synthwave vaporwave glowing retrowave tron",
    "minimal": "minimal minimalist minimalism simple clean scandinavian",
    "oil": "oil impasto painterly impressionist impressionism expressionist acrylic brush "
    "brushstrokes palette-knife",
    "pixel": "pixel pixelart 8-bit 16-bit bitmap sprite",
    "vintage": "vintage retro nostalgic aged faded polaroid antique seventies victorian",
    "papercut": "papercut paper-cut papercraft paper origami collage cutout kirigami layered",
    "soft": "photo photograph photography photorealistic realistic cinematic render 3d film "
    "editorial studio",
}

COMPOSITION_WORDS = {
    "mountains": "mountain mountains alps alpine peak peaks summit glacier fjord volcano cliffs "
    "matterhorn himalaya ridge",
    "landscape": "landscape hill hills meadow field fields valley countryside prairie farm "
    "vineyard savanna horizon lake river tuscany windmill barn cottage balloon balloons village "
    "pasture moor",
    "sea": "sea ocean coast coastal beach harbour harbor lighthouse boat boats ship sailboat wave "
    "waves island bay sail seaside surf shore",
    "forest": "forest wood woods woodland jungle pine pines trees birch redwood rainforest grove",
    "desert": "desert dune dunes sahara canyon cactus mesa oasis camel",
    "city": "city skyline skyscraper skyscrapers downtown metropolis rooftops rooftop towers "
    "cityscape bridge urban tokyo manhattan",
    "street": "street alley lane avenue boulevard market cafe shopfront tram road crossing "
    "storefront sidewalk",
    "space": "space galaxy nebula planet planets cosmos cosmic astronaut universe rocket orbit "
    "saturn milky constellation comet",
    "portrait": "portrait face singer woman man girl boy person grandmother grandfather lady "
    "gentleman musician chef dancer headshot bust people "
    "worker scientist queen king fisherman elder artist "
    "profile",
    "animal": "cat dog fox owl bear rabbit whale bird fish animal kitten puppy deer wolf hare "
    "panda tiger lion koala raccoon hummingbird kingfisher koi "
    "goldfish stag bunny",
    "product": "product bottle perfume cosmetics headphones watch sneaker sneakers packaging "
    "candle jar serum tumbler skincare speaker lipstick cream flask can mockup teapot mug",
    "interior": "interior room living bedroom kitchen sofa armchair office library studio-room "
    "fireplace lounge hallway reading nook desk loft",
    "still life": "still still-life stilllife fruit fruits apples apple lemons lemon pears pear "
    "oranges vase jug pitcher bowl grapes pomegranate",
    "food": "food dish plate soup ramen salad cake pizza breakfast dessert pancakes coffee sushi "
    "burger bread croissant latte espresso tea donut pie noodle noodles",
    "flower": "flower flowers rose roses tulip tulips peony poppy poppies sunflower sunflowers "
    "bouquet botanical orchid lily daisy daisies blossom plant fern monstera succulent wildflowers "
    "lotus dahlia magnolia",
    "abstract": "abstract shapes composition geometric geometry gradient fluid marble swirl "
    "flowing expression kandinsky marbled ribbons",
    "pattern": "pattern seamless tile tiles wallpaper textile repeating terrazzo motif memphis "
    "mosaic fabric wrapping",
    "icon": "icon logo emblem badge symbol glyph pictogram sticker app",
}

WEAK = {
    "line", "paper", "studio", "brush", "clean", "simple", "flat", "glowing", "graphic", "film",
    "drawing", "illustration", "still", "reading", "living", "space", "people", "bridge", "app",
    "field", "fields", "horizon", "river", "waves", "bowl", "flowing", "gradient", "composition",
    "trees", "bird", "coffee", "tea", "vase", "light", "plant", "flowers", "flower", "cream",
    "watch", "road", "market", "fruit", "wash", "shore", "island", "shapes", "geometric", "plate",
    "rose", "wood", "room", "boat", "layered", "editorial", "aged", "fabric", "cat", "dog",
}  # fmt: skip
"""Words that decide only where nothing stronger speaks."""

DECISIVE = {
    "pattern", "seamless", "icon", "logo", "emblem", "portrait", "product", "abstract",
    "still-life", "interior", "street", "skyline", "bouquet", "headshot",
}  # fmt: skip
"""Words that name the kind of picture itself."""

MOODS = {
    "dawn": "dawn sunrise morning daybreak early",
    "sunset": "sunset evening golden sundown afterglow warm fiery",
    "day": "day noon sunny midday bright afternoon summer clear",
    "mist": "mist misty fog foggy overcast rain rainy grey gloomy haze hazy quiet drizzle",
    "dusk": "dusk twilight blue-hour gloaming",
    "night": "night midnight moonlit moonlight starry stars nocturnal moon lamplight",
    "winter": "winter snow snowy ice icy frozen frost frosty arctic cold nordic polar",
    "spring": "spring blossom fresh easter cherry",
    "autumn": "autumn fall october harvest maple november",
    "desert": "desert sahara canyon terracotta mesa",
    "tropical": "tropical jungle palm caribbean hawaii reef",
    "forest": "forest woodland fern moss botanical",
    "ocean": "ocean underwater deep nautical marine whale koi",
    "mono": "monochrome noir black-and-white monochromatic achromatic",
    "pastel": "pastel soft dreamy gentle airy delicate kawaii",
    "candy": "candy playful vibrant colourful colorful pop fun vivid bold",
    "earth": "earth earthy rustic natural wooden linen organic",
    "neon": "neon cyberpunk synthwave vaporwave electric retrowave",
    "sepia": "sepia vintage antique nostalgic aged victorian",
    "luxury": "luxury luxurious elegant premium dramatic dark moody chiaroscuro",
    "clay": "clay ceramic blush cosy cozy mediterranean hygge",
    "mint": "mint clinical hygienic spa wellness",
    "berry": "berry romantic passion opulent wine",
}

SUBJECTS = {
    "lighthouse": "lighthouse", "boat": "boat boats sailboat sailboats sail ship yacht fishing",
    "house": "house cottage cabin barn farmhouse village hut chalet home",
    "pine": "pine pines fir firs spruce conifer conifers", "palm": "palm palms",
    "tree": "tree trees oak maple olive cypress birch", "moon": "moon moonlit moonlight crescent",
    "sun": "sun sunset sunrise sunlit", "birds": "birds gulls seagulls geese swallows cranes",
    "balloon": "balloon balloons", "cactus": "cactus cacti saguaro", "bridge": "bridge",
    "lake": "lake reflection reflections mirror reflected pond tarn fjord",
    "bottle": "bottle perfume flask wine serum", "cup": "cup mug latte espresso coffee tea "
    "cappuccino", "vase": "vase jug pitcher amphora urn", "jar": "jar candle cream pot",
    "can": "can tin soda", "box": "box packaging carton package", "lamp": "lamp lantern",
    "teapot": "teapot kettle", "watch": "watch wristwatch clock", "headphones": "headphones "
    "headset", "speaker": "speaker", "lemon": "lemon lemons citrus", "apple": "apple apples "
    "pomegranate peach peaches", "pear": "pear pears", "orange-fruit": "oranges tangerines "
    "mandarins clementines", "grapes": "grapes berries", "bowl": "bowl ramen soup noodle noodles",
    "cake": "cake dessert pie cheesecake", "pizza": "pizza", "pancakes": "pancakes pancake",
    "donut": "donut donuts doughnut", "flowers": "flower flowers wildflowers bouquet poppies "
    "blossom roses tulips daisies", "plant": "plant plants monstera fern potted leaves leaf "
    "botanical", "sofa": "sofa couch", "armchair": "armchair chair nook", "desk": "desk office",
    "bed": "bed bedroom", "fireplace": "fireplace",
    "books": "books library bookshelf bookshelves shelves",
    "fox": "fox", "cat": "cat kitten", "dog": "dog puppy", "owl": "owl", "bear": "bear panda",
    "rabbit": "rabbit hare bunny", "whale": "whale", "bird": "bird hummingbird kingfisher robin",
    "fish": "fish koi goldfish", "wolf": "wolf", "deer": "deer stag", "tiger": "tiger lion",
    "planet": "planet planets saturn", "rocket": "rocket spaceship",
    "astronaut": "astronaut", "galaxy": "galaxy nebula milky",
    "woman": "woman girl lady queen grandmother", "man": "man boy gentleman grandfather "
    "fisherman king", "beard": "beard bearded fisherman", "hat": "hat cap beret fedora",
    "glasses": "glasses spectacles eyeglasses", "bun": "bun updo ballerina dancer",
    "curly": "curly curls afro", "long-hair": "long-haired braids flowing", "elder": "grandmother "
    "grandfather elderly elder old silver-haired", "sunflower": "sunflower sunflowers",
    "tulip": "tulip tulips", "poppy": "poppy poppies", "rose": "rose roses peony peonies dahlia",
    "daisy": "daisy daisies chamomile", "snow": "snow snowy winter snowfall snowcapped",
    "rain": "rain rainy wet drizzle storm", "fog": "fog foggy mist misty haze hazy",
    "stars": "stars starry milky constellation", "clouds": "cloud clouds cloudy stormy",
    "people": "people person figure figures", "text": "text letters words", "path": "path road "
    "trail lane", "leaf": "leaf eco nature green", "bolt": "bolt lightning energy power",
    "heart": "heart love health", "camera": "camera photo-app", "compass": "compass travel",
    "peak": "mountain outdoor hiking", "wave": "wave waves ocean surf", "music": "music note "
    "song", "drop": "drop water droplet", "flame": "flame fire campfire", "shield": "shield "
    "security", "umbrella": "umbrella", "swirl": "swirl fluid marble marbled liquid",
    "circles": "circle circles bauhaus kandinsky", "ribbons": "ribbons ribbon flowing silk",
    "layers": "layers layered strata", "blocks": "blocks grid squares mondrian",
    "terrazzo": "terrazzo confetti memphis", "scales": "scallop seigaiha scales japanese",
    "tiles": "tile tiles azulejo mosaic geometric truchet", "aurora": "aurora borealis",
    "skin": "skincare", "windmill": "windmill", "tea": "tea",
}  # fmt: skip
